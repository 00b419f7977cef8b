#include "edge/verify.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <span>

#include "core/check.h"
#include "edge/fixed_point.h"

namespace nibble::edge {

namespace {

constexpr std::int64_t kMaxAccumulator = std::numeric_limits<std::int32_t>::max();
constexpr double kMaxProduct = 4611686018427387904.0;  // 2⁶²

std::string quoted(const IntegerGraph& graph, const IntegerNode& node) {
  return str("verify: node '", name(graph, node), "'");
}

// ---- shapes
// -------------------------------------------------------------------------------------------------------

long windows(long extent, int kernel, int stride, int padding, int dilation) {
  return (extent + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
}

bool positive(Size2 size) { return size.h > 0 && size.w > 0; }

struct OutputShape {
  const std::string who;
  const IntegerGraph& graph;
  const IntegerNode& node;

  const Shape& input(std::size_t i = 0) const {
    return graph.tensors[static_cast<std::size_t>(node.inputs[i])].shape;
  }
  const Shape& output() const { return graph.tensors[static_cast<std::size_t>(node.output)].shape; }

  void check_image() const {
    check(input().rank() == 3, who, ": found input ", input(),
          ", expected an image [height, width, channels]");
  }

  Shape sliding(Size2 kernel, Size2 stride, Size2 padding, Size2 dilation, long channels) const {
    check_image();
    check(positive(kernel) && positive(stride) && positive(dilation) && padding.h >= 0 && padding.w >= 0, who,
          ": found kernel ", kernel, ", stride ", stride, ", dilation ", dilation, ", padding ", padding,
          ", expected positive extents");
    const Shape& x = input();
    const bool fits = x[0] + 2 * padding.h >= dilation.h * (kernel.h - 1) + 1 &&
                      x[1] + 2 * padding.w >= dilation.w * (kernel.w - 1) + 1;
    check(fits, who, ": found a kernel of ", kernel, ", expected one that fits into the image ", x,
          " with its padding");
    return {windows(x[0], kernel.h, stride.h, padding.h, dilation.h),
            windows(x[1], kernel.w, stride.w, padding.w, dilation.w), channels};
  }

  Shape operator()(const IntegerConv& conv) const {
    check_image();
    check(conv.groups > 0 && input()[2] % conv.groups == 0, who, ": found ", conv.groups,
          " groups, expected a divisor of ", input()[2], " channels");
    check(positive(conv.kernel), who, ": found kernel ", conv.kernel, ", expected positive extents");
    const long row = long{conv.kernel.h} * conv.kernel.w * (input()[2] / conv.groups);
    const long rows = static_cast<long>(conv.weights.size()) / row;
    check(rows > 0 && rows * row == static_cast<long>(conv.weights.size()) && rows % conv.groups == 0, who,
          ": found ", conv.weights.size(), " weights, expected rows of ", row, ", as many in each of ",
          conv.groups, " groups");
    return sliding(conv.kernel, conv.stride, conv.padding, conv.dilation, rows);
  }

  Shape operator()(const IntegerLinear& linear) const {
    check(input().rank() == 1, who, ": found input ", input(), ", expected a vector");
    const long rows = static_cast<long>(linear.weights.size()) / input()[0];
    check(rows > 0 && rows * input()[0] == static_cast<long>(linear.weights.size()), who, ": found ",
          linear.weights.size(), " weights, expected rows of ", input()[0]);
    return {rows};
  }

  Shape operator()(const IntegerAdd&) const {
    check(input(0) == input(1), who, ": found inputs ", input(0), " and ", input(1),
          ", expected equal shapes");
    return input();
  }

  Shape operator()(const IntegerTable&) const { return input(); }

  Shape operator()(const IntegerMaxPool& pool) const {
    check(pool.padding.h < pool.kernel.h && pool.padding.w < pool.kernel.w, who, ": found padding ",
          pool.padding, ", expected less than the kernel ", pool.kernel);
    return sliding(pool.kernel, pool.stride, pool.padding, {1, 1}, input().back());
  }

  // Global pooling may drop its two axes of one.
  Shape operator()(const IntegerAveragePool& pool) const {
    const Shape y = sliding(pool.kernel, pool.stride, {0, 0}, {1, 1}, input().back());
    return y[0] == 1 && y[1] == 1 && output().rank() == 1 ? Shape{y[2]} : y;
  }

  Shape operator()(const IntegerSubsample& s) const {
    check_image();
    const long channels = output().rank() == 3 ? output()[2] : 0;
    check(s.stride > 0 && s.leading >= 0 && s.leading + input()[2] <= channels, who, ": found stride ",
          s.stride, " and ", s.leading, " channels in front of ", input()[2], ", expected room for them in ",
          channels);
    return {(input()[0] + s.stride - 1) / s.stride, (input()[1] + s.stride - 1) / s.stride, channels};
  }

  Shape operator()(const IntegerUpsample& upsample) const {
    check_image();
    check(upsample.factor > 0, who, ": found factor ", upsample.factor, ", expected a positive one");
    return {input()[0] * upsample.factor, input()[1] * upsample.factor, input()[2]};
  }

  Shape operator()(const IntegerReshape&) const {
    check(input().count() == output().count(), who, ": found ", input(), " reshaped to ", output(),
          ", expected as many elements");
    return output();
  }

  Shape operator()(const IntegerEmbedding& embedding) const {
    const auto codes = static_cast<long>(embedding.table.size());
    const long rows = long{graph.input().top} + 1, features = codes / rows;
    check(features > 0 && features * rows == codes, who, ": found ", codes, " codes for ", rows,
          " tokens, expected as many for each");
    return {features};
  }

  // How many weights there are, before anybody divides by it.
  void rows_of(const std::vector<std::int8_t>& weights, long rows, long row, const char* of) const {
    check(static_cast<long>(weights.size()) == rows * row, who, ": found ", weights.size(), " weights of ",
          of, ", expected ", rows, " rows of ", row);
  }

  Shape operator()(const IntegerRecurrent& recurrent) const {
    check(input().rank() == 1, who, ": found input ", input(), ", expected a vector");
    const long rows = recurrent.rows(), gates = kernels::gates_of(recurrent.kind);
    check(rows > 0 && rows % gates == 0, who, ": found ", rows, " rows of gates, expected ", gates,
          " for each unit");
    rows_of(recurrent.input_weights, rows, input()[0], "its input");
    rows_of(recurrent.recurrent_weights, rows, recurrent.hidden(), "its state");
    return {recurrent.hidden()};
  }
};

// ---- ranges
// -------------------------------------------------------------------------------------------------------

struct Ranges {
  const std::string who;
  const IntegerGraph& graph;
  const IntegerNode& node;

  const IntegerTensor& input(std::size_t i = 0) const {
    return graph.tensors[static_cast<std::size_t>(node.inputs[i])];
  }
  const IntegerTensor& output() const { return graph.tensors[static_cast<std::size_t>(node.output)]; }

  void weights(std::span<const std::int8_t> codes, int bits) const {
    check(bits == 4 || bits == 8, who, ": found weights stored in ", bits, " bits, expected 4 or 8");
    for (const int w : codes) {
      check(bits == 8 || (-8 <= w && w <= 7), who, ": found weight code ", w,
            ", expected -8 ... 7 in 4 bits");
    }
  }

  void border(int code) const {
    check(0 <= code && code <= input().top, who, ": found border code ", code, ", expected 0 ... ",
          input().top);
  }

  void shifted(int shift) const {
    check(0 <= shift && shift <= 62, who, ": found a shift of ", shift, ", expected 0 ... 62");
  }

  void clamp(int lo, int hi, int shift) const {
    if (output().scores) {
      check(lo == -32768 && hi == 32767, who, ": found scores ", lo, " ... ", hi,
            ", expected -32768 ... 32767 of 16 bits");
    } else {
      check(0 <= lo && lo <= hi && hi <= output().top, who, ": found codes ", lo, " ... ", hi,
            ", expected 0 ... ", output().top);
    }
    shifted(shift);
  }

  void accumulator(const AccumulatorRange& range, long channel) const {
    check(range.magnitude() <= kMaxAccumulator, who, ": found accumulators up to ", range.magnitude(),
          " in channel ", channel, ", expected 32 bits to hold them");
  }

  void product(double total, long channel) const {
    check(total < kMaxProduct, who,
          ": found a product of accumulator and multiplier beyond 62 bits in channel ", channel,
          ", expected a smaller shift");
  }

  void requantization(const Requantization& r, std::span<const AccumulatorRange> ranges,
                      long channels) const {
    const std::size_t n = r.mult.size();
    check(n == 1 || n == static_cast<std::size_t>(channels), who, ": found ", n,
          " multipliers, expected 1 or ", channels);
    const bool second = r.mult2.empty() ? r.offset2.empty() : r.mult2.size() == n && r.offset2.size() == n;
    check(r.offset.size() == n && second, who, ": found ", r.offset.size(), ", ", r.mult2.size(), ", ",
          r.offset2.size(), " further entries of the requantization, expected ", n,
          " (or none of a second line)");
    clamp(r.lo, r.hi, r.shift);
    for (long c = 0; c < channels; ++c) {
      const AccumulatorRange& range = ranges[ranges.size() == 1 ? 0 : static_cast<std::size_t>(c)];
      accumulator(range, c);
      const std::size_t i = n == 1 ? 0 : static_cast<std::size_t>(c);
      const auto total = [&](std::int32_t mult, std::int64_t offset) {
        return static_cast<double>(range.magnitude()) * std::abs(static_cast<double>(mult)) +
               std::abs(static_cast<double>(offset));
      };
      product(total(r.mult[i], r.offset[i]), c);
      if (!r.mult2.empty()) product(total(r.mult2[i], r.offset2[i]), c);
    }
  }

  // Codes that only move keep their grid.
  void moved() const {
    check(input().top == output().top, who, ": found codes up to ", input().top, " moved to codes up to ",
          output().top, ", expected one grid");
  }

  void operator()(const IntegerConv& conv) const {
    weights(conv.weights, conv.weight_bits);
    border(conv.border_code);
    requantization(conv.requantization, accumulator_ranges(conv.weights, output().shape[2], input().top),
                   output().shape[2]);
  }

  void operator()(const IntegerLinear& linear) const {
    weights(linear.weights, linear.weight_bits);
    const long out = output().shape[0];
    std::vector<AccumulatorRange> ranges = accumulator_ranges(linear.weights, out, input().top);
    if (!output().scores) return requantization(linear.requantization, ranges, out);
    if (output().score_bits == 16) {
      check(linear.bias.empty() && linear.requantization.mult2.empty(), who, ": found ", linear.bias.size(),
            " biases and ", linear.requantization.mult2.size(),
            " second multipliers, expected none for 16-bit scores");
      return requantization(linear.requantization, ranges, out);
    }
    check(linear.requantization.mult.empty() && linear.bias.size() == static_cast<std::size_t>(out), who,
          ": found ", linear.bias.size(), " biases and ", linear.requantization.mult.size(),
          " multipliers, expected ", out, " and none for scores");
    for (long o = 0; o < out; ++o) {
      AccumulatorRange& range = ranges[static_cast<std::size_t>(o)];
      range.lo += linear.bias[static_cast<std::size_t>(o)];
      range.hi += linear.bias[static_cast<std::size_t>(o)];
      accumulator(range, o);
    }
  }

  void operator()(const IntegerAdd& add) const {
    clamp(add.lo, add.hi, add.shift);
    const auto total = [&](const AddLine& line) {
      return std::abs(static_cast<double>(line.mult1)) * input(0).top +
             std::abs(static_cast<double>(line.mult2)) * input(1).top +
             std::abs(static_cast<double>(line.offset));
    };
    product(total(add.line), 0);
    if (add.line2) product(total(*add.line2), 0);
  }

  void operator()(const IntegerTable& table) const {
    const auto size = static_cast<int>(table.table.size());
    check(size > input().top && size <= 256, who, ": found a table of ", size, " entries, expected ",
          input().top + 1, " ... 256");
    for (const int code : table.table) {
      check(code <= output().top, who, ": found table entry ", code, ", expected 0 ... ", output().top);
    }
  }

  void operator()(const IntegerMaxPool&) const { moved(); }
  void operator()(const IntegerUpsample&) const { moved(); }
  void operator()(const IntegerReshape&) const { moved(); }

  void operator()(const IntegerAveragePool& pool) const {
    const AccumulatorRange range{0, std::int64_t{pool.kernel.h} * pool.kernel.w * input().top};
    requantization(pool.requantization, {&range, 1}, input().shape[2]);
  }

  void operator()(const IntegerSubsample& subsample) const {
    border(subsample.border_code);
    moved();
  }

  void operator()(const IntegerEmbedding& embedding) const {
    const int bits = embedding.code_bits;
    check(bits == 4 || bits == 8, who, ": found codes stored in ", bits, " bits, expected 4 or 8");
    check(static_cast<std::int64_t>(embedding.table.size()) <= kMaxAccumulator, who, ": found ",
          embedding.table.size(), " codes, expected 32 bits to count them");
    const int top = std::min(output().top, (1 << bits) - 1);
    for (const int code : embedding.table) {
      check(code <= top, who, ": found code ", code, ", expected 0 ... ", top);
    }
  }

  void operator()(const IntegerRecurrent& recurrent) const {
    weights(recurrent.input_weights, recurrent.weight_bits);
    weights(recurrent.recurrent_weights, recurrent.weight_bits);
    const int bits = recurrent.cell_fraction_bits;
    check(0 <= bits && bits <= 15, who, ": found a cell of ", bits, " fraction bits, expected 0 ... 15");
    const std::vector<std::int16_t>& steps = recurrent.thresholds;
    check(static_cast<int>(steps.size()) <= output().top, who, ": found ", steps.size(),
          " thresholds, expected at most ", output().top, ", one a code");
    check(std::is_sorted(steps.begin(), steps.end()), who,
          ": found thresholds out of order, expected rising ones");
    gates(recurrent);
  }

  void gates(const IntegerRecurrent& recurrent) const {
    const GateLines& lines = recurrent.gates;
    const auto rows = static_cast<std::size_t>(recurrent.rows()),
               hidden = static_cast<std::size_t>(recurrent.hidden());
    const bool gru = recurrent.kind == kernels::RecurrentKind::gru;
    check(lines.input_mult.size() == rows && lines.recurrent_mult.size() == rows &&
              lines.candidate_offset.size() == (gru ? hidden : 0),
          who, ": found ", lines.input_mult.size(), ", ", lines.recurrent_mult.size(), " and ",
          lines.candidate_offset.size(), " constants of its gates, expected ", rows, ", ", rows, " and ",
          gru ? hidden : 0);
    shifted(lines.shift);
    const auto of_input = accumulator_ranges(recurrent.input_weights, recurrent.rows(), input().top);
    const auto of_state = accumulator_ranges(recurrent.recurrent_weights, recurrent.rows(), output().top);
    for (std::size_t r = 0; r < rows; ++r) {
      const auto row = static_cast<long>(r);
      accumulator(of_input[r], row);
      accumulator(of_state[r], row);
      double total = magnitude(of_input[r], lines.input_mult[r]) +
                     magnitude(of_state[r], lines.recurrent_mult[r]) +
                     std::abs(static_cast<double>(lines.offset[r]));
      if (gru && r >= 2 * hidden)
        total += std::abs(static_cast<double>(lines.candidate_offset[r - 2 * hidden]));
      product(total, row);
    }
  }

  static double magnitude(const AccumulatorRange& range, std::int32_t mult) {
    return static_cast<double>(range.magnitude()) * std::abs(static_cast<double>(mult));
  }
};

void verify_scores(const IntegerTensor& tensor, const std::string& who) {
  check(!tensor.scores || tensor.score_bits == 32 || tensor.score_bits == 16, who, ": found scores of ",
        tensor.score_bits, " bits, expected 16 or 32");
}

// Tokens are counted from 0; codes fit a byte.
void verify_top(const IntegerTensor& tensor, const std::string& who) {
  if (tensor.tokens) {
    check(tensor.top > 0 && tensor.shape == Shape{1}, who, ": found tokens up to ", tensor.top, " of shape ",
          tensor.shape, ", expected at least two tokens of shape [1]");
  } else {
    check(0 < tensor.top && tensor.top <= 255, who, ": found codes up to ", tensor.top,
          ", expected 1 ... 255");
  }
}

void verify_tensor(const IntegerTensor& tensor) {
  const std::string who = str("verify: tensor '", tensor.name, "'");
  check(tensor.shape.rank() == 1 || tensor.shape.rank() == 3, who, ": found shape ", tensor.shape,
        ", expected a vector or an image");
  for (const long extent : tensor.shape.extents()) {
    check(extent > 0, who, ": found shape ", tensor.shape, ", expected positive extents");
  }
  check(tensor.shape.count() <= kMaxAccumulator, who, ": found ", tensor.shape.count(),
        " elements, expected 32 bits to count them");
  verify_top(tensor, who);
  verify_scores(tensor, who);
  check(std::isfinite(tensor.scale) && tensor.scale > 0 && std::isfinite(tensor.shift), who, ": found scale ",
        tensor.scale, " and shift ", tensor.shift, ", expected a positive scale and a finite shift");
}

void verify_wiring(const IntegerGraph& graph) {
  const int tensors = static_cast<int>(graph.tensors.size());
  std::vector<bool> known(graph.tensors.size());
  std::vector<bool> is_input(graph.tensors.size());  // the input itself, or only reshaped
  known[0] = is_input[0] = true;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const IntegerNode& node = graph.nodes[n];
    check(0 < node.output && node.output < tensors, "verify: node ", n, " has output tensor ", node.output,
          ", expected 1 ... ", tensors - 1);
    const auto output = static_cast<std::size_t>(node.output);
    const std::string who = quoted(graph, node);
    check(!known[output], who, ": found its tensor produced twice, expected once");
    const std::size_t arity = std::holds_alternative<IntegerAdd>(node.op) ? 2 : 1;
    check(node.inputs.size() == arity, who, ": found ", node.inputs.size(), " inputs, expected ", arity);
    for (const int input : node.inputs) {
      check(0 <= input && input < node.output && known[static_cast<std::size_t>(input)], who,
            ": found input tensor ", input, ", expected one that was computed before");
      const IntegerTensor& read = graph.tensors[static_cast<std::size_t>(input)];
      check(!read.scores, who, ": found scores as its input, expected codes");
      const bool embeds = std::holds_alternative<IntegerEmbedding>(node.op);
      check(read.tokens == embeds, who, ": found ", read.tokens ? "tokens" : "codes",
            " as its input, expected ", embeds ? "tokens" : "codes");
    }
    check(graph.reads_text() || !std::holds_alternative<IntegerRecurrent>(node.op), who,
          ": found a recurrent node in a graph without tokens, expected one that reads a text");
    check(!graph.tensors[output].tokens, who, ": found tokens as its output, expected codes or scores");
    const auto* linear = std::get_if<IntegerLinear>(&node.op);
    check(!graph.tensors[output].scores || linear, who,
          ": found scores as its output, expected only a linear layer to "
          "give scores");
    check(!graph.tensors[output].scores || n + 1 == graph.nodes.size(), who,
          ": found scores inside of the graph, expected them at its end");
    known[output] = true;
    is_input[output] =
        std::holds_alternative<IntegerReshape>(node.op) && is_input[static_cast<std::size_t>(node.inputs[0])];
  }
  for (std::size_t t = 0; t < known.size(); ++t) {
    check(known[t], "verify: tensor '", graph.tensors[t].name,
          "' is never produced, expected one node for it");
  }
  check(!is_input[static_cast<std::size_t>(graph.nodes.back().output)], "verify: graph '", graph.name,
        "' only reshapes its input, expected it to compute something");
}

}  // namespace

const std::string& name(const IntegerGraph& graph, const IntegerNode& node) {
  return graph.tensors[static_cast<std::size_t>(node.output)].name;
}

const char* kind(const IntegerOp& op) {
  static constexpr const char* kNames[] = {"conv2d",   "linear",       "add",       "table",
                                           "max_pool", "average_pool", "subsample", "upsample",
                                           "reshape",  "embedding",    "recurrent"};
  static_assert(std::size(kNames) == std::variant_size_v<IntegerOp>);
  return kNames[op.index()];
}

Shape output_shape(const IntegerGraph& graph, const IntegerNode& node) {
  return std::visit(OutputShape{quoted(graph, node), graph, node}, node.op);
}

void verify(const IntegerGraph& graph) {
  check(!graph.tensors.empty() && !graph.nodes.empty(), "verify: graph '", graph.name,
        "' is empty, expected an input and a node");
  check(!graph.input().scores, "verify: tensor '", graph.input().name,
        "' is the input and holds scores, expected codes");
  for (const IntegerTensor& tensor : graph.tensors) verify_tensor(tensor);
  verify_wiring(graph);
  for (const IntegerNode& node : graph.nodes) {
    const Shape expected = output_shape(graph, node);
    const Shape& found = graph.tensors[static_cast<std::size_t>(node.output)].shape;
    check(found == expected, quoted(graph, node), ": found output ", found, ", expected ", expected);
    std::visit(Ranges{quoted(graph, node), graph, node}, node.op);
  }
}

}  // namespace nibble::edge
