#include "edge/run/reference.h"

#include <algorithm>

#include "core/check.h"
#include "core/parallel.h"
#include "edge/graph/verify.h"
#include "edge/graph/walk.h"
#include "edge/graph/wide_integer.h"
#include "edge/run/recurrent_reference.h"

namespace nibble::edge {

namespace {

using Codes = Array<std::uint8_t>;

// Σ a·b. Blocks of 4096 products of at most 255 · 128 fit int32, so the inner loop vectorizes; blocks are
// summed in 64 bits.
std::int64_t dot(const std::int16_t* a, const std::int16_t* b, long n) {
  constexpr long kBlock = 4096;
  std::int64_t sum = 0;
  for (long begin = 0; begin < n; begin += kBlock) {
    const long end = std::min(begin + kBlock, n);
    std::int32_t block = 0;
    for (long i = begin; i < end; ++i) block += std::int32_t{a[i]} * std::int32_t{b[i]};
    sum += block;
  }
  return sum;
}

struct Node {
  std::string who;
  const IntegerTensor& in;  // its first input
  const IntegerTensor& out;

  std::int64_t accumulator(std::int64_t acc) const { return checked_accumulator(acc, who); }
  std::int64_t shifted(Int128 v, int n) const { return checked_shift(v, n, who); }

  std::uint8_t clamped(std::int64_t code, int lo, int hi) const {
    return static_cast<std::uint8_t>(std::clamp<std::int64_t>(code, lo, hi));
  }

  std::int64_t line(const Requantization& r, std::int64_t acc, long channel) const {
    accumulator(acc);
    const auto c = r.mult.size() == 1 ? 0 : static_cast<std::size_t>(channel);
    std::int64_t v = shifted(Int128{acc} * r.mult[c] + r.offset[c], r.shift);
    if (!r.mult2.empty()) v = std::max(v, shifted(Int128{acc} * r.mult2[c] + r.offset2[c], r.shift));
    return std::clamp<std::int64_t>(v, r.lo, r.hi);
  }

  std::uint8_t requantized(const Requantization& r, std::int64_t acc, long channel) const {
    return static_cast<std::uint8_t>(line(r, acc, channel));
  }
};

// ---- convolution
// --------------------------------------------------------------------------------------------------

// The codes under one window, border included, in the order of a weight row: patch [KH, KW, C/groups].
struct Window {
  const IntegerConv& conv;
  const Shape& x;  // [H, W, C]

  long depth() const { return x[2] / conv.groups; }
  long size() const { return long{conv.kernel.h} * conv.kernel.w * depth(); }

  void gather(const std::uint8_t* image, long oh, long ow, long group, std::int16_t* patch) const {
    for (long kh = 0; kh < conv.kernel.h; ++kh) {
      const long ih = oh * conv.stride.h - conv.padding.h + kh * conv.dilation.h;
      for (long kw = 0; kw < conv.kernel.w; ++kw, patch += depth()) {
        const long iw = ow * conv.stride.w - conv.padding.w + kw * conv.dilation.w;
        if (ih >= 0 && ih < x[0] && iw >= 0 && iw < x[1]) {
          const std::uint8_t* pixel = image + (ih * x[1] + iw) * x[2] + group * depth();
          std::copy(pixel, pixel + depth(), patch);
        } else {
          std::fill(patch, patch + depth(), static_cast<std::int16_t>(conv.border_code));
        }
      }
    }
  }
};

void convolve(const Node& node, const IntegerConv& conv, const std::vector<std::int16_t>& weights,
              const std::uint8_t* x, std::uint8_t* y) {
  const Window window{conv, node.in.shape};
  const Shape& out = node.out.shape;
  const long row = window.size(), per_group = out[2] / conv.groups;
  std::vector<std::int16_t> patch(static_cast<std::size_t>(row));
  for (long oh = 0; oh < out[0]; ++oh) {
    for (long ow = 0; ow < out[1]; ++ow, y += out[2]) {
      for (long group = 0; group < conv.groups; ++group) {
        window.gather(x, oh, ow, group, patch.data());
        for (long o = group * per_group; o < (group + 1) * per_group; ++o) {
          y[o] = node.requantized(conv.requantization, dot(patch.data(), weights.data() + o * row, row), o);
        }
      }
    }
  }
}

// ---- pooling
// ------------------------------------------------------------------------------------------------------

int largest(const IntegerMaxPool& pool, const Shape& shape, const std::uint8_t* x, long oh, long ow, long c) {
  int code = 0;
  for (long kh = 0; kh < pool.kernel.h; ++kh) {
    for (long kw = 0; kw < pool.kernel.w; ++kw) {
      const long ih = oh * pool.stride.h - pool.padding.h + kh, iw = ow * pool.stride.w - pool.padding.w + kw;
      if (ih < 0 || ih >= shape[0] || iw < 0 || iw >= shape[1]) continue;
      code = std::max<int>(code, x[(ih * shape[1] + iw) * shape[2] + c]);
    }
  }
  return code;
}

std::int64_t sum(const IntegerAveragePool& pool, const Shape& shape, const std::uint8_t* x, long oh, long ow,
                 long c) {
  std::int64_t total = 0;
  for (long kh = 0; kh < pool.kernel.h; ++kh) {
    for (long kw = 0; kw < pool.kernel.w; ++kw) {
      total += x[((oh * pool.stride.h + kh) * shape[1] + ow * pool.stride.w + kw) * shape[2] + c];
    }
  }
  return total;
}

// ---- one image of each op: x1 and x2 are the images of its inputs, y of its output
// ------------------------------------

struct RunImage {
  const Node& node;
  const std::vector<std::int16_t>& weights;
  const std::uint8_t* x1;
  const std::uint8_t* x2;
  std::uint8_t* y;
  std::int32_t* scores;

  const Shape& in() const { return node.in.shape; }
  const Shape& out() const { return node.out.shape; }

  // element(oh, ow, c) for each element of the output, which may have dropped its axes of one.
  template <typename Element>
  void each(Element element) const {
    const Shape image = out().rank() == 3 ? out() : Shape{1, 1, out()[0]};
    std::uint8_t* code = y;
    for (long oh = 0; oh < image[0]; ++oh) {
      for (long ow = 0; ow < image[1]; ++ow) {
        for (long c = 0; c < image[2]; ++c) *code++ = static_cast<std::uint8_t>(element(oh, ow, c));
      }
    }
  }

  void operator()(const IntegerConv& conv) const { convolve(node, conv, weights, x1, y); }

  void operator()(const IntegerLinear& linear) const {
    const long features = in()[0];
    const std::vector<std::int16_t> x(x1, x1 + features);
    for (long o = 0; o < out()[0]; ++o) {
      const std::int64_t acc = dot(x.data(), weights.data() + o * features, features);
      if (!node.out.scores) {
        y[o] = node.requantized(linear.requantization, acc, o);
      } else if (node.out.score_bits == 16) {
        scores[o] = static_cast<std::int32_t>(node.line(linear.requantization, acc, o));
      } else {
        scores[o] =
            static_cast<std::int32_t>(node.accumulator(acc + linear.bias[static_cast<std::size_t>(o)]));
      }
    }
  }

  void operator()(const IntegerAdd& add) const {
    const auto code = [&](const AddLine& line, long i) {
      return node.shifted(Int128{x1[i]} * line.mult1 + Int128{x2[i]} * line.mult2 + line.offset, add.shift);
    };
    for (long i = 0; i < out().count(); ++i) {
      std::int64_t q = code(add.line, i);
      if (add.line2) q = std::max(q, code(*add.line2, i));
      y[i] = node.clamped(q, add.lo, add.hi);
    }
  }

  void operator()(const IntegerTable& table) const {
    std::transform(x1, x1 + out().count(), y, [&](std::uint8_t q) { return table.table[q]; });
  }

  void operator()(const IntegerMaxPool& pool) const {
    each([&](long oh, long ow, long c) { return largest(pool, in(), x1, oh, ow, c); });
  }

  void operator()(const IntegerAveragePool& pool) const {
    each([&](long oh, long ow, long c) {
      return node.requantized(pool.requantization, sum(pool, in(), x1, oh, ow, c), c);
    });
  }

  void operator()(const IntegerSubsample& s) const {
    each([&](long oh, long ow, long c) {
      const long from = c - s.leading;
      if (from < 0 || from >= in()[2]) return s.border_code;
      return int{x1[(oh * s.stride * in()[1] + ow * s.stride) * in()[2] + from]};
    });
  }

  void operator()(const IntegerUpsample& u) const {
    each([&](long oh, long ow, long c) {
      return x1[((oh / u.factor) * in()[1] + ow / u.factor) * in()[2] + c];
    });
  }

  void operator()(const IntegerReshape&) const { std::copy(x1, x1 + out().count(), y); }

  void operator()(const IntegerEmbedding&) const { fail(node.who, ": found codes, expected tokens"); }
  void operator()(const IntegerRecurrent&) const {
    fail(node.who, ": found a recurrent node without its state, expected run_recurrent");
  }
};

IntegerValue embed(const IntegerEmbedding& embedding, const Array<std::int32_t>& tokens, long features) {
  IntegerValue y;
  y.codes = Codes::uninitialized({tokens.size(), features});
  for (long n = 0; n < tokens.size(); ++n) {
    const auto row = embedding.table.begin() + tokens[n] * features;
    std::copy(row, row + features, y.codes.data() + n * features);
  }
  return y;
}

std::vector<std::int16_t> widened_weights(const IntegerOp& op) {
  if (const auto* conv = std::get_if<IntegerConv>(&op)) return {conv->weights.begin(), conv->weights.end()};
  if (const auto* linear = std::get_if<IntegerLinear>(&op))
    return {linear->weights.begin(), linear->weights.end()};
  return {};
}

Node describe(const IntegerGraph& graph, const IntegerNode& node) {
  return {str("reference: node '", name(graph, node), "'"),
          graph.tensors[static_cast<std::size_t>(node.inputs[0])],
          graph.tensors[static_cast<std::size_t>(node.output)]};
}

// ---- the number in front of the last rounding
// -------------------------------------------------------------------------

struct AccumulatorAt {
  const Node& node;
  const std::vector<IntegerValue>& inputs;
  long index;

  const std::uint8_t* x(std::size_t i = 0) const { return inputs[i].codes.data(); }
  const Shape& in() const { return node.in.shape; }
  long channels() const { return node.out.shape.back(); }
  long channel() const { return index % channels(); }
  long ow() const { return node.out.shape.rank() == 3 ? index / channels() % node.out.shape[1] : 0; }
  long oh() const { return node.out.shape.rank() == 3 ? index / channels() / node.out.shape[1] : 0; }

  std::int64_t operator()(const IntegerConv& conv) const {
    const Window window{conv, in()};
    std::vector<std::int16_t> patch(static_cast<std::size_t>(window.size()));
    window.gather(x(), oh(), ow(), channel() / (channels() / conv.groups), patch.data());
    std::int64_t acc = 0;
    for (std::size_t i = 0; i < patch.size(); ++i) {
      acc += std::int64_t{patch[i]} * conv.weights[static_cast<std::size_t>(channel()) * patch.size() + i];
    }
    return acc;
  }
  std::int64_t operator()(const IntegerLinear& linear) const {
    std::int64_t acc = 0;
    for (long i = 0; i < in()[0]; ++i) {
      acc += std::int64_t{x()[i]} * linear.weights[static_cast<std::size_t>(index * in()[0] + i)];
    }
    return acc;
  }
  std::int64_t operator()(const IntegerAdd& add) const {
    return std::int64_t{x(0)[index]} * add.line.mult1 + std::int64_t{x(1)[index]} * add.line.mult2 +
           add.line.offset;
  }
  std::int64_t operator()(const IntegerTable&) const { return x()[index]; }
  std::int64_t operator()(const IntegerMaxPool& pool) const {
    return largest(pool, in(), x(), oh(), ow(), channel());
  }
  std::int64_t operator()(const IntegerAveragePool& pool) const {
    return sum(pool, in(), x(), oh(), ow(), channel());
  }
  std::int64_t operator()(const IntegerSubsample& s) const {
    const long from = channel() - s.leading;
    if (from < 0 || from >= in()[2]) return s.border_code;
    return x()[(oh() * s.stride * in()[1] + ow() * s.stride) * in()[2] + from];
  }
  std::int64_t operator()(const IntegerUpsample& u) const {
    return x()[((oh() / u.factor) * in()[1] + ow() / u.factor) * in()[2] + channel()];
  }
  std::int64_t operator()(const IntegerReshape&) const { return x()[index]; }
  std::int64_t operator()(const IntegerEmbedding& embedding) const {
    return embedding.table[static_cast<std::size_t>(inputs[0].tokens[0] * node.out.shape[0] + index)];
  }
  std::int64_t operator()(const IntegerRecurrent&) const {
    fail(node.who, ": found a recurrent node, whose sums depend on its state, expected another");
  }
};

}  // namespace

IntegerValue run_node(const IntegerGraph& graph, const IntegerNode& node,
                      const std::vector<IntegerValue>& inputs) {
  const Node described = describe(graph, node);
  if (const auto* embedding = std::get_if<IntegerEmbedding>(&node.op))
    return embed(*embedding, inputs.front().tokens, described.out.shape[0]);
  const std::vector<std::int16_t> weights = widened_weights(node.op);
  const Codes& x1 = inputs.front().codes;
  const Codes& x2 = inputs.back().codes;
  const long images = x1.shape()[0];
  const Shape shape = batch_shape(images, described.out.shape);
  IntegerValue y;
  if (described.out.scores) {
    y.scores = Array<std::int32_t>::uninitialized(shape);
  } else {
    y.codes = Codes::uninitialized(shape);
  }
  parallel_for(images, [&](long n) {
    const long row = described.out.shape.count();
    RunImage image{described,
                   weights,
                   x1.data() + n * x1.shape().row(),
                   x2.data() + n * x2.shape().row(),
                   described.out.scores ? nullptr : y.codes.data() + n * row,
                   described.out.scores ? y.scores.data() + n * row : nullptr};
    std::visit(image, node.op);
  });
  return y;
}

Array<std::int32_t> run_reference(const IntegerGraph& graph, const Array<std::uint8_t>& input,
                                  const IntegerObserver& observe) {
  check_input(graph, input, "reference");
  const RunNode run = [&](const IntegerNode& node, const std::vector<IntegerValue>& inputs) {
    return run_node(graph, node, inputs);
  };
  return walk(graph, input, run, observe);
}

Array<std::int32_t> run_reference(const IntegerGraph& graph, const TokenBatch& batch, IntegerState& state,
                                  const IntegerObserver& observe) {
  start(state, graph, batch, "reference");
  const RunNode run = [&](const IntegerNode& node, const std::vector<IntegerValue>& inputs) {
    if (!std::holds_alternative<IntegerRecurrent>(node.op)) return run_node(graph, node, inputs);
    return run_recurrent(graph, node, inputs.front().codes, batch.sequences,
                         state[recurrent_number(graph, node)]);
  };
  return walk(graph, batch, run, observe);
}

std::int64_t accumulator_at(const IntegerGraph& graph, const IntegerNode& node,
                            const std::vector<IntegerValue>& inputs, long index) {
  const Node described = describe(graph, node);
  return std::visit(AccumulatorAt{described, inputs, index}, node.op);
}

}  // namespace nibble::edge
