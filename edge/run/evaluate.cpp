#include "edge/run/evaluate.h"

#include <algorithm>

#include "edge/graph/plan_memory.h"
#include "edge/graph/walk.h"
#include "edge/run/row_chains.h"

namespace nibble::edge {

namespace {

constexpr long kSliceBytes = 4 << 20;  // of what a thread's images hold at a time: its share of the caches

long images_of(const IntegerNode& node, const std::vector<IntegerValue>& values) {
  return values[static_cast<std::size_t>(node.inputs.front())].codes.shape()[0];
}

}  // namespace

Evaluator::Evaluator(const IntegerGraph& graph) : graph_(graph) {
  if (!graph.reads_text())
    images_at_once_ = std::max(1L, kSliceBytes / std::max(1L, plan_memory(graph).activation_bytes));
  for (const IntegerNode& node : graph.nodes) prepared_.emplace_back(graph, node);
  chains_ = row_chains(graph, [&](const IntegerNode& node) { return prepared(node).by_rows(); });
}

const PreparedNode& Evaluator::prepared(const IntegerNode& node) const {
  return prepared_[static_cast<std::size_t>(&node - graph_.nodes.data())];
}

// Where threads do best to share a layer's weights (CodeConv2d::shares_weights), all of them work on this
// layer together, and the chain is cut in front of it and behind it.
void Evaluator::run_chain(Range nodes, std::vector<IntegerValue>& values) const {
  const long images = images_of(graph_.nodes[static_cast<std::size_t>(nodes.begin)], values);
  Range part{nodes.begin, nodes.begin};
  for (; part.end < nodes.end; ++part.end) {
    const kernels::CodeConv2d* const convolution =
        prepared_[static_cast<std::size_t>(part.end)].convolution();
    if (!convolution || !convolution->shares_weights(images)) continue;
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
    values[static_cast<std::size_t>(first.output)] = prepared(first).run(inputs_of(first, values));
    return;
  }
  const long images = images_of(first, values);
  long cost = 0, together = 1;
  for (long n = nodes.begin; n < nodes.end; ++n) {
    const IntegerNode& node = graph_.nodes[static_cast<std::size_t>(n)];
    IntegerValue& output = values[static_cast<std::size_t>(node.output)];
    output.codes = Array<std::uint8_t>::uninitialized(
        batch_shape(images, graph_.tensors[static_cast<std::size_t>(node.output)].shape));
    if (const kernels::CodeConv2d* const convolution = prepared(node).convolution()) {
      cost += convolution->cost(images);
      together = std::max(together, convolution->rows_together());
    }
  }
  const Shape& image = graph_.tensors[static_cast<std::size_t>(first.output)].shape;
  const long units = (images * image[0] + together - 1) / together;
  const std::vector<Range> blocks = cut(units, kernels::blocks_worth(cost));
  parallel_for(static_cast<long>(blocks.size()), [&](long i) {
    const Range& block = blocks[static_cast<std::size_t>(i)];
    const Range rows{block.begin * together, std::min(block.end * together, images * image[0])};
    for (long n = nodes.begin; n < nodes.end; ++n)
      prepared_[static_cast<std::size_t>(n)].run_rows(rows, values);
  });
}

// Many images are cut between threads, each of which then needs nothing from the others; few are not, and
// threads share each layer.
std::vector<Range> Evaluator::slices(long images) const {
  const long at_once = (images + images_at_once_ - 1) / images_at_once_;
  if (images < 2 * threads()) return cut(images, threads() == 1 ? at_once : 1);
  return cut(images, (std::max<long>(at_once, threads()) + threads() - 1) / threads() * threads());
}

IntegerOutputs Evaluator::outputs(const Array<std::uint8_t>& input, const IntegerListener& listener) const {
  check_input(graph_, input, "evaluate");
  const RunNodes run = [&](Range nodes, std::vector<IntegerValue>& values) { run_chain(nodes, values); };
  const long images = input.shape()[0];
  const std::vector<Range> all = slices(images);
  if (listener || all.size() == 1) return walk(graph_, input, chains_, run, listener);
  IntegerOutputs outputs;
  for (const int output : graph_.outputs)
    outputs.push_back(Array<std::int32_t>::uninitialized(batch_shape(images, graph_.tensor(output).shape)));
  parallel_for(static_cast<long>(all.size()), [&](long i) {
    const OneThread guard;
    const Range& slice = all[static_cast<std::size_t>(i)];
    const IntegerOutputs some = walk(graph_, input.rows(slice.begin, slice.end), chains_, run, {});
    for (std::size_t k = 0; k < some.size(); ++k)
      std::copy(some[k].begin(), some[k].end(), outputs[k].rows(slice.begin, slice.end).data());
  });
  return outputs;
}

IntegerOutputs Evaluator::outputs(const TokenBatch& batch, IntegerState& state,
                                  const IntegerListener& listener) const {
  start(state, graph_, batch, "evaluate");
  const RunNode run = [&](const IntegerNode& node, const std::vector<IntegerValue>& inputs) {
    const PreparedNode& by = prepared(node);
    if (!by.recurrent()) return by.run(inputs);
    return (*by.recurrent())(inputs.front().codes, batch.sequences, state[recurrent_number(graph_, node)],
                             static_cast<bool>(listener));
  };
  return walk(graph_, batch, run, listener);
}

Array<std::int32_t> Evaluator::operator()(const Array<std::uint8_t>& input,
                                          const IntegerListener& listener) const {
  return only_output(graph_, outputs(input, listener));
}

Array<std::int32_t> Evaluator::operator()(const TokenBatch& batch, IntegerState& state,
                                          const IntegerListener& listener) const {
  return only_output(graph_, outputs(batch, state, listener));
}

}  // namespace nibble::edge
