#include "edge/run/prepared_node.h"

#include <algorithm>

#include "edge/graph/code_ops.h"
#include "edge/run/code_lines.h"
#include "edge/run/float_add.h"
#include "edge/run/reference.h"

namespace nibble::edge {

using kernels::CodeConv2d;
using kernels::IntegerConv2d;
using kernels::IntegerSums;

namespace {

// Scores of 16 bits, of some channels; score: the row's, all channels.
void round_scores(const Requantization& r, Range channels, const std::int32_t* __restrict sums,
                  std::int32_t* __restrict score) {
  const bool one = r.mult.size() == 1;
  const std::int64_t lo = r.lo, hi = r.hi;
  const int shift = r.shift;
  for (long o = channels.begin; o < channels.end; ++o) {
    const auto c = one ? 0 : static_cast<std::size_t>(o);
    const std::int64_t v = (std::int64_t{sums[o - channels.begin]} * r.mult[c] + r.offset[c]) >> shift;
    score[o] = static_cast<std::int32_t>(std::min(std::max(v, lo), hi));
  }
}

}  // namespace

struct PreparedNode::Prepare {
  const IntegerTensor &in, &last_in, &out;

  Kernels operator()(const IntegerConv& conv) const {
    const Shape weight{out.shape[2], conv.kernel.h, conv.kernel.w, in.shape[2] / conv.groups};
    const kernels::Conv2dGeometry geometry{conv.stride, conv.padding, conv.dilation, conv.groups, conv.extra};
    return to_codes({in.shape, weight, geometry, conv.border_code, in.top}, conv.weights,
                    conv.requantization);
  }

  // A convolution over images of one pixel.
  Kernels operator()(const IntegerLinear& linear) const {
    const long features = in.shape[0];
    const kernels::IntegerConv2dProblem problem{
        {1, 1, features}, {out.shape[0], 1, 1, features}, {}, 0, in.top};
    if (!out.scores) return to_codes(problem, linear.weights, linear.requantization);
    return {.product = std::make_unique<IntegerConv2d>(problem, linear.weights)};
  }

  static Kernels to_codes(const kernels::IntegerConv2dProblem& problem,
                          const std::vector<std::int8_t>& weights, const Requantization& requantization) {
    const long channels = problem.weight[0];
    const auto ranges = accumulator_ranges(weights, channels, problem.top);
    const auto lines = code_lines(requantization, channels, ranges);
    if (lines && CodeConv2d::fits(problem, lines->wide))
      return {.convolve = std::make_unique<CodeConv2d>(problem, weights, *lines)};
    return {.product = std::make_unique<IntegerConv2d>(problem, weights),
            .requantize = std::make_unique<Requantizer>(requantization, channels, ranges)};
  }

  Kernels operator()(const IntegerAdd& node_add) const {
    return {.add = equal_float_add(node_add, in.top, last_in.top)};
  }

  Kernels operator()(const IntegerAveragePool& pool) const {
    const AccumulatorRange range{0, long{in.top} * pool.kernel.h * pool.kernel.w};
    return {.requantize =
                std::make_unique<Requantizer>(pool.requantization, in.shape[2], std::span(&range, 1))};
  }

  Kernels operator()(const IntegerRecurrent& recurrent) const {
    return {.recurrent = std::make_unique<RecurrentEvaluator>(recurrent, in, out)};
  }

  template <typename Other>
  Kernels operator()(const Other&) const {
    return {};
  }
};

struct PreparedNode::Run {
  const IntegerGraph& graph;
  const IntegerNode& node;
  const Kernels& by;
  const std::vector<IntegerValue>& inputs;

  const IntegerTensor& out() const { return graph.tensors[static_cast<std::size_t>(node.output)]; }
  const Array<std::uint8_t>& x(std::size_t i = 0) const { return inputs[i].codes; }

  IntegerValue requantized(const Array<std::uint8_t>& x) const {
    auto codes = Array<std::uint8_t>::uninitialized(batch_shape(x.shape()[0], out().shape));
    if (by.convolve) {
      by.convolve->run(x, codes.data());
    } else {
      by.product->run(x, [&](const IntegerSums& sums) { (*by.requantize)(sums, codes.data()); });
    }
    return {.codes = codes};
  }

  IntegerValue operator()(const IntegerConv&) const { return requantized(x()); }

  IntegerValue operator()(const IntegerLinear& linear) const {
    const long images = x().shape()[0], features = out().shape[0];
    const Array<std::uint8_t> pixels = x().reshaped({images, 1, 1, x().shape().back()});
    if (!out().scores) return requantized(pixels);
    auto scores = Array<std::int32_t>::uninitialized({images, features});
    by.product->run(pixels, [&](const IntegerSums& sums) {
      const long width = sums.channels.size();
      const std::int32_t* sum = sums.data;
      for (long n = sums.pixels.begin; n < sums.pixels.end; ++n, sum += width) {
        std::int32_t* const score = scores.data() + n * features;
        if (out().score_bits == 16) {
          round_scores(linear.requantization, sums.channels, sum, score);
        } else {
          for (long o = sums.channels.begin; o < sums.channels.end; ++o)
            score[o] = sum[o - sums.channels.begin] + linear.bias[static_cast<std::size_t>(o)];
        }
      }
    });
    return {.scores = scores};
  }

  IntegerValue operator()(const IntegerAdd& node_add) const {
    return {.codes = add(node_add, by.add, x(0), x(1))};
  }
  IntegerValue operator()(const IntegerMultiply& product) const {
    return {.codes = multiply(product, x(0), x(1))};
  }
  IntegerValue operator()(const IntegerTable& table) const { return {.codes = look_up(table, x())}; }
  IntegerValue operator()(const IntegerMaxPool& pool) const {
    return {.codes = max_pool(pool, x(), out().shape)};
  }
  IntegerValue operator()(const IntegerAveragePool& pool) const {
    return {.codes = average_pool(pool, *by.requantize, x(), out().shape)};
  }
  // Other ops only copy codes, and networks have few of them. The reference is fast enough.
  template <typename Other>
  IntegerValue operator()(const Other&) const {
    return edge::run_node(graph, node, inputs);
  }
};

PreparedNode::PreparedNode(const IntegerGraph& graph, const IntegerNode& node) : graph_(graph), node_(node) {
  const auto tensor = [&](int i) -> const IntegerTensor& {
    return graph.tensors[static_cast<std::size_t>(i)];
  };
  kernels_ = std::visit(Prepare{tensor(node.inputs.front()), tensor(node.inputs.back()), tensor(node.output)},
                        node.op);
}

IntegerValue PreparedNode::run(const std::vector<IntegerValue>& inputs) const {
  return std::visit(Run{graph_, node_, kernels_, inputs}, node_.op);
}

bool PreparedNode::by_rows() const {
  return kernels_.convolve || std::holds_alternative<IntegerAdd>(node_.op) ||
         std::holds_alternative<IntegerTable>(node_.op);
}

void PreparedNode::run_rows(Range rows, std::vector<IntegerValue>& values) const {
  Array<std::uint8_t>& y = values[static_cast<std::size_t>(node_.output)].codes;
  const auto x = [&](std::size_t i) -> const Array<std::uint8_t>& {
    return values[static_cast<std::size_t>(node_.inputs[i])].codes;
  };
  if (kernels_.convolve) {
    kernels_.convolve->run_rows(x(0), rows, y.data());
    return;
  }
  const long row = y.shape()[2] * y.shape()[3], at = rows.begin * row, n = rows.size() * row;
  if (const auto* add = std::get_if<IntegerAdd>(&node_.op)) {
    add_codes(*add, kernels_.add, x(0).data() + at, x(1).data() + at, n, y.data() + at);
  } else {
    look_up_codes(std::get<IntegerTable>(node_.op), x(0).data() + at, n, y.data() + at);
  }
}

}  // namespace nibble::edge
