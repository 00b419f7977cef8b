#include "edge/evaluate.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "core/kernels/conv2d.h"
#include "core/kernels/matmul.h"
#include "core/parallel.h"
#include "edge/fixed_point.h"
#include "edge/reference.h"
#include "edge/walk.h"

namespace nibble::edge {

namespace {

// Any order of summation is exact if the sum of absolute products is: no partial sum exceeds it.
bool exact(std::span<const std::int8_t> weights, long rows, int top) {
  const std::int64_t limit = std::int64_t{1} << 24;
  const std::vector<AccumulatorRange> ranges = accumulator_ranges(weights, rows, top);
  return std::all_of(ranges.begin(), ranges.end(),
                     [&](const AccumulatorRange& range) { return range.hi - range.lo < limit; });
}

Tensor to_tensor(std::span<const std::int8_t> weights, const Shape& shape) {
  Tensor w = Tensor::uninitialized(shape);
  std::copy(weights.begin(), weights.end(), w.begin());
  return w;
}

// q − border as real numbers, so that the kernels' zero border stands for the border's code.
Tensor centered(const Array<std::uint8_t>& codes, int border) {
  Tensor x = Tensor::uninitialized(codes.shape());
  const std::uint8_t* q = codes.data();
  Real* v = x.data();
  parallel_chunks(x.size(), kElementGrain, [&](Range range) {
    for (long i = range.begin; i < range.end; ++i) v[i] = static_cast<Real>(q[i] - border);
  });
  return x;
}

// border · Σw of each output channel, which `centered` took away.
std::vector<std::int32_t> border_sums(std::span<const std::int8_t> weights, long rows, int border) {
  std::vector<std::int32_t> sums;
  const std::size_t row = weights.size() / static_cast<std::size_t>(rows);
  for (std::size_t o = 0; o < static_cast<std::size_t>(rows); ++o) {
    const auto w = weights.subspan(o * row, row);
    sums.push_back(border * std::accumulate(w.begin(), w.end(), 0));
  }
  return sums;
}

// acc: [..., O] real numbers that are integers.
Array<std::uint8_t> requantized(const Tensor& acc, const std::vector<std::int32_t>& constant,
                                const Requantization& r) {
  auto codes = Array<std::uint8_t>::uninitialized(acc.shape());
  const long channels = acc.shape().back();
  parallel_chunks(acc.size() / channels, std::max<long>(kElementGrain / channels, 1), [&](Range rows) {
    const Real* a = acc.data() + rows.begin * channels;
    std::uint8_t* q = codes.data() + rows.begin * channels;
    for (long i = rows.begin; i < rows.end; ++i, a += channels, q += channels) {
      for (long c = 0; c < channels; ++c) {
        const std::int64_t sum =
            static_cast<std::int32_t>(a[c]) + std::int64_t{constant[static_cast<std::size_t>(c)]};
        q[c] = static_cast<std::uint8_t>(apply(r, sum, c));
      }
    }
  });
  return codes;
}

struct Fast {
  const IntegerGraph& graph;
  const IntegerNode& node;
  const std::vector<IntegerValue>& inputs;

  const IntegerTensor& in() const { return graph.tensors[static_cast<std::size_t>(node.inputs[0])]; }
  const IntegerTensor& out() const { return graph.tensors[static_cast<std::size_t>(node.output)]; }

  IntegerValue operator()(const IntegerConv& conv) const {
    const long rows = out().shape[2];
    if (!exact_in_float(conv, rows, in().top)) return run_node(graph, node, inputs);
    const Tensor w =
        to_tensor(conv.weights, {rows, conv.kernel.h, conv.kernel.w, in().shape[2] / conv.groups});
    const kernels::Conv2dGeometry geometry{conv.stride, conv.padding, conv.dilation, conv.groups};
    const Tensor acc = kernels::conv2d_forward(centered(inputs[0].codes, conv.border_code), w, geometry);
    return {requantized(acc, border_sums(conv.weights, rows, conv.border_code), conv.requantization), {}};
  }

  IntegerValue operator()(const IntegerLinear& linear) const {
    const long rows = out().shape[0];
    if (!exact_in_float(linear, rows, in().top)) return run_node(graph, node, inputs);
    const Tensor acc =
        kernels::matmul_nt(centered(inputs[0].codes, 0), to_tensor(linear.weights, {rows, in().shape[0]}));
    if (!out().scores) {
      return {
          requantized(acc, std::vector<std::int32_t>(static_cast<std::size_t>(rows)), linear.requantization),
          {}};
    }
    auto scores = Array<std::int32_t>::uninitialized(acc.shape());
    for (long i = 0; i < acc.size(); ++i) {
      scores[i] = static_cast<std::int32_t>(acc[i]) + linear.bias[static_cast<std::size_t>(i % rows)];
    }
    return {{}, scores};
  }

  template <typename Other>
  IntegerValue operator()(const Other&) const {
    return run_node(graph, node, inputs);
  }
};

}  // namespace

bool exact_in_float(const IntegerConv& conv, long out_channels, int top) {
  return exact(conv.weights, out_channels, top);
}

bool exact_in_float(const IntegerLinear& linear, long out_features, int top) {
  return exact(linear.weights, out_features, top);
}

Array<std::int32_t> evaluate(const IntegerGraph& graph, const Array<std::uint8_t>& input,
                             const IntegerObserver& observe) {
  const RunNode run = [&](const IntegerNode& node, const std::vector<IntegerValue>& inputs) {
    return std::visit(Fast{graph, node, inputs}, node.op);
  };
  return walk(graph, input, run, observe, "evaluate");
}

}  // namespace nibble::edge
