#include "edge/evaluate.h"

#include <algorithm>

#include "edge/code_lines.h"
#include "edge/code_ops.h"
#include "edge/float_add.h"
#include "edge/plan_memory.h"
#include "edge/reference.h"
#include "edge/row_chains.h"
#include "edge/walk.h"

namespace nibble::edge {

using kernels::CodeConv2d;
using kernels::IntegerConv2d;
using kernels::IntegerSums;

namespace {

constexpr long kSliceBytes = 4 << 20;  // of what a thread's images hold at a time: its share of the caches

long images_of(const IntegerNode& node, const std::vector<IntegerValue>& values) {
  return values[static_cast<std::size_t>(node.inputs.front())].codes.shape()[0];
}

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

struct Evaluator::Prepare {
  const IntegerTensor &in, &last_in, &out;

  Prepared operator()(const IntegerConv& conv) const {
    const Shape weight{out.shape[2], conv.kernel.h, conv.kernel.w, in.shape[2] / conv.groups};
    const kernels::Conv2dGeometry geometry{conv.stride, conv.padding, conv.dilation, conv.groups};
    return to_codes({in.shape, weight, geometry, conv.border_code, in.top}, conv.weights,
                    conv.requantization);
  }

  // A convolution over images of one pixel.
  Prepared operator()(const IntegerLinear& linear) const {
    const long features = in.shape[0];
    const kernels::IntegerConv2dProblem problem{
        {1, 1, features}, {out.shape[0], 1, 1, features}, {}, 0, in.top};
    if (!out.scores) return to_codes(problem, linear.weights, linear.requantization);
    return {.product = std::make_unique<IntegerConv2d>(problem, linear.weights)};
  }

  static Prepared to_codes(const kernels::IntegerConv2dProblem& problem,
                           const std::vector<std::int8_t>& weights, const Requantization& requantization) {
    const long channels = problem.weight[0];
    const auto ranges = accumulator_ranges(weights, channels, problem.top);
    const auto lines = code_lines(requantization, channels, ranges);
    if (lines && CodeConv2d::fits(problem, lines->wide))
      return {.convolve = std::make_unique<CodeConv2d>(problem, weights, *lines)};
    return {.product = std::make_unique<IntegerConv2d>(problem, weights),
            .requantize = std::make_unique<Requantizer>(requantization, channels, ranges)};
  }

  Prepared operator()(const IntegerAdd& node_add) const {
    return {.add = equal_float_add(node_add, in.top, last_in.top)};
  }

  Prepared operator()(const IntegerAveragePool& pool) const {
    const AccumulatorRange range{0, long{in.top} * pool.kernel.h * pool.kernel.w};
    return {.requantize =
                std::make_unique<Requantizer>(pool.requantization, in.shape[2], std::span(&range, 1))};
  }

  Prepared operator()(const IntegerRecurrent& recurrent) const {
    return {.recurrent = std::make_unique<RecurrentEvaluator>(recurrent, in, out)};
  }

  template <typename Other>
  Prepared operator()(const Other&) const {
    return {};
  }
};

struct Evaluator::Run {
  const IntegerGraph& graph;
  const IntegerNode& node;
  const Prepared& prepared;
  const std::vector<IntegerValue>& inputs;

  const IntegerTensor& out() const { return graph.tensors[static_cast<std::size_t>(node.output)]; }
  const Array<std::uint8_t>& x(std::size_t i = 0) const { return inputs[i].codes; }

  IntegerValue requantized(const Array<std::uint8_t>& x) const {
    auto codes = Array<std::uint8_t>::uninitialized(batch_shape(x.shape()[0], out().shape));
    if (prepared.convolve) {
      prepared.convolve->run(x, codes.data());
    } else {
      prepared.product->run(x, [&](const IntegerSums& sums) { (*prepared.requantize)(sums, codes.data()); });
    }
    return {.codes = codes};
  }

  IntegerValue operator()(const IntegerConv&) const { return requantized(x()); }

  IntegerValue operator()(const IntegerLinear& linear) const {
    const long images = x().shape()[0], features = out().shape[0];
    const Array<std::uint8_t> pixels = x().reshaped({images, 1, 1, x().shape().back()});
    if (!out().scores) return requantized(pixels);
    auto scores = Array<std::int32_t>::uninitialized({images, features});
    prepared.product->run(pixels, [&](const IntegerSums& sums) {
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
    return {.codes = add(node_add, prepared.add, x(0), x(1))};
  }
  IntegerValue operator()(const IntegerTable& table) const { return {.codes = look_up(table, x())}; }
  IntegerValue operator()(const IntegerMaxPool& pool) const {
    return {.codes = max_pool(pool, x(), out().shape)};
  }
  IntegerValue operator()(const IntegerAveragePool& pool) const {
    return {.codes = average_pool(pool, *prepared.requantize, x(), out().shape)};
  }
  // Copies of codes, and rare ones.
  template <typename Other>
  IntegerValue operator()(const Other&) const {
    return edge::run_node(graph, node, inputs);
  }
};

Evaluator::Evaluator(const IntegerGraph& graph) : graph_(graph) {
  if (!graph.reads_text())
    images_at_once_ = std::max(1L, kSliceBytes / std::max(1L, plan_memory(graph).activation_bytes));
  for (const IntegerNode& node : graph.nodes) {
    const Prepare prepare{graph.tensors[static_cast<std::size_t>(node.inputs.front())],
                          graph.tensors[static_cast<std::size_t>(node.inputs.back())],
                          graph.tensors[static_cast<std::size_t>(node.output)]};
    prepared_.push_back(std::visit(prepare, node.op));
  }
  chains_ = row_chains(graph, [&](const IntegerNode& node) {
    return prepared(node).convolve || std::holds_alternative<IntegerAdd>(node.op) ||
           std::holds_alternative<IntegerTable>(node.op);
  });
}

const Evaluator::Prepared& Evaluator::prepared(const IntegerNode& node) const {
  return prepared_[static_cast<std::size_t>(&node - graph_.nodes.data())];
}

IntegerValue Evaluator::run_node(const IntegerNode& node, const std::vector<IntegerValue>& inputs) const {
  return std::visit(Run{graph_, node, prepared(node), inputs}, node.op);
}

// A layer whose weights threads had better share is no part of a chain.
void Evaluator::run_chain(Range nodes, std::vector<IntegerValue>& values) const {
  const long images = images_of(graph_.nodes[static_cast<std::size_t>(nodes.begin)], values);
  Range part{nodes.begin, nodes.begin};
  for (; part.end < nodes.end; ++part.end) {
    const IntegerNode& node = graph_.nodes[static_cast<std::size_t>(part.end)];
    const auto& convolve = prepared(node).convolve;
    if (!convolve || !convolve->shares_weights(images)) continue;
    run_by_rows(part, values);
    run_by_rows({part.end, part.end + 1}, values);
    part.begin = part.end + 1;
  }
  run_by_rows(part, values);
}

void Evaluator::run_by_rows(Range nodes, std::vector<IntegerValue>& values) const {
  if (nodes.size() == 0) return;
  const IntegerNode& first = graph_.nodes[static_cast<std::size_t>(nodes.begin)];
  if (nodes.size() == 1) {
    values[static_cast<std::size_t>(first.output)] = run_node(first, inputs_of(first, values));
    return;
  }
  const long images = images_of(first, values);
  long cost = 0, together = 1;
  for (long n = nodes.begin; n < nodes.end; ++n) {
    const IntegerNode& node = graph_.nodes[static_cast<std::size_t>(n)];
    const Prepared& by = prepared(node);
    IntegerValue& output = values[static_cast<std::size_t>(node.output)];
    output.codes = Array<std::uint8_t>::uninitialized(
        batch_shape(images, graph_.tensors[static_cast<std::size_t>(node.output)].shape));
    if (by.convolve) {
      cost += by.convolve->cost(images);
      together = std::max(together, by.convolve->rows_together());
    }
  }
  const Shape& image = graph_.tensors[static_cast<std::size_t>(first.output)].shape;
  const long units = (images * image[0] + together - 1) / together;
  const std::vector<Range> blocks = cut(units, kernels::blocks_worth(cost));
  parallel_for(static_cast<long>(blocks.size()), [&](long i) {
    const Range& block = blocks[static_cast<std::size_t>(i)];
    const Range rows{block.begin * together, std::min(block.end * together, images * image[0])};
    for (long n = nodes.begin; n < nodes.end; ++n)
      run_rows(graph_.nodes[static_cast<std::size_t>(n)], rows, values);
  });
}

void Evaluator::run_rows(const IntegerNode& node, Range rows, std::vector<IntegerValue>& values) const {
  const Prepared& by = prepared(node);
  Array<std::uint8_t>& y = values[static_cast<std::size_t>(node.output)].codes;
  const auto x = [&](std::size_t i) -> const Array<std::uint8_t>& {
    return values[static_cast<std::size_t>(node.inputs[i])].codes;
  };
  if (by.convolve) {
    by.convolve->run_rows(x(0), rows, y.data());
    return;
  }
  const long row = y.shape()[2] * y.shape()[3], at = rows.begin * row, n = rows.size() * row;
  if (const auto* add = std::get_if<IntegerAdd>(&node.op)) {
    add_codes(*add, by.add, x(0).data() + at, x(1).data() + at, n, y.data() + at);
  } else {
    look_up_codes(std::get<IntegerTable>(node.op), x(0).data() + at, n, y.data() + at);
  }
}

// Many images are cut between threads, each of which then needs nothing from the others; few are not, and
// threads share each layer.
std::vector<Range> Evaluator::slices(long images) const {
  const long at_once = (images + images_at_once_ - 1) / images_at_once_;
  if (images < 2 * threads()) return cut(images, threads() == 1 ? at_once : 1);
  return cut(images, (std::max<long>(at_once, threads()) + threads() - 1) / threads() * threads());
}

Array<std::int32_t> Evaluator::operator()(const Array<std::uint8_t>& input,
                                          const IntegerObserver& observe) const {
  check_input(graph_, input, "evaluate");
  const RunNodes run = [&](Range nodes, std::vector<IntegerValue>& values) { run_chain(nodes, values); };
  const long images = input.shape()[0];
  const std::vector<Range> all = slices(images);
  if (observe || all.size() == 1) return walk(graph_, input, chains_, run, observe);
  auto numbers = Array<std::int32_t>::uninitialized(batch_shape(images, graph_.output().shape));
  parallel_for(static_cast<long>(all.size()), [&](long i) {
    const OneThread guard;
    const Range& slice = all[static_cast<std::size_t>(i)];
    const Array<std::int32_t> some = walk(graph_, input.rows(slice.begin, slice.end), chains_, run, {});
    std::copy(some.begin(), some.end(), numbers.rows(slice.begin, slice.end).data());
  });
  return numbers;
}

Array<std::int32_t> Evaluator::operator()(const TokenBatch& batch, IntegerState& state,
                                          const IntegerObserver& observe) const {
  start(state, graph_, batch, "evaluate");
  const RunNode run = [&](const IntegerNode& node, const std::vector<IntegerValue>& inputs) {
    const auto& recurrent = prepared(node).recurrent;
    if (!recurrent) return run_node(node, inputs);
    return (*recurrent)(inputs.front().codes, batch.sequences, state[recurrent_number(graph_, node)],
                        static_cast<bool>(observe));
  };
  return walk(graph_, batch, run, observe);
}

}  // namespace nibble::edge
