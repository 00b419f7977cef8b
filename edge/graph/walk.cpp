#include "edge/graph/walk.h"

#include <algorithm>

#include "core/check.h"

namespace nibble::edge {

Shape batch_shape(long n, const Shape& sample) {
  std::vector<long> extents{n};
  extents.insert(extents.end(), sample.extents().begin(), sample.extents().end());
  return Shape(extents);
}

std::vector<IntegerValue> inputs_of(const IntegerNode& node, const std::vector<IntegerValue>& values) {
  std::vector<IntegerValue> inputs;
  for (const int i : node.inputs) inputs.push_back(values[static_cast<std::size_t>(i)]);
  return inputs;
}

namespace {

// For each tensor the last node that reads it; the output is never dropped.
std::vector<std::size_t> last_uses(const IntegerGraph& graph) {
  std::vector<std::size_t> last(graph.tensors.size(), 0);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const int input : graph.nodes[n].inputs) last[static_cast<std::size_t>(input)] = n;
  }
  last[static_cast<std::size_t>(graph.nodes.back().output)] = graph.nodes.size();
  return last;
}

Array<std::int32_t> walk_ranges(const IntegerGraph& graph, const IntegerValue& input,
                                const std::vector<Range>& ranges, const RunNodes& run_nodes,
                                const IntegerObserver& observe) {
  const std::vector<std::size_t> last = last_uses(graph);
  std::vector<IntegerValue> values(graph.tensors.size());
  values[0] = input;
  for (const Range& range : ranges) {
    run_nodes(range, values);
    for (long n = range.begin; n < range.end; ++n) {
      const IntegerNode& node = graph.nodes[static_cast<std::size_t>(n)];
      if (observe) observe(node.output, values[static_cast<std::size_t>(node.output)]);
      for (const int i : node.inputs) {
        if (last[static_cast<std::size_t>(i)] == static_cast<std::size_t>(n))
          values[static_cast<std::size_t>(i)] = {};
      }
    }
  }
  const IntegerValue& result = values[static_cast<std::size_t>(graph.nodes.back().output)];
  if (graph.output().scores) return result.scores;
  auto numbers = Array<std::int32_t>::uninitialized(result.codes.shape());
  std::copy(result.codes.begin(), result.codes.end(), numbers.begin());
  return numbers;
}

Array<std::int32_t> walk_nodes(const IntegerGraph& graph, const IntegerValue& input, const RunNode& run_node,
                               const IntegerObserver& observe) {
  const auto count = static_cast<long>(graph.nodes.size());
  const RunNodes run = [&](Range nodes, std::vector<IntegerValue>& values) {
    const IntegerNode& node = graph.nodes[static_cast<std::size_t>(nodes.begin)];
    values[static_cast<std::size_t>(node.output)] = run_node(node, inputs_of(node, values));
  };
  return walk_ranges(graph, input, cut(count, count), run, observe);
}

}  // namespace

void check_input(const IntegerGraph& graph, const Array<std::uint8_t>& input, const char* who) {
  check(!graph.reads_text(), who, ": found codes for graph '", graph.name, "', expected tokens");
  const bool batched = input.shape().rank() > 0;
  check(batched && input.shape() == batch_shape(input.shape()[0], graph.input().shape), who, ": found input ",
        input.shape(), ", expected [N] images of ", graph.input().shape);
  std::uint8_t highest =
      0;  // a loop, which becomes vector instructions: the input is large beside its layers
  for (const std::uint8_t q : input) highest = std::max(highest, q);
  check(highest <= graph.input().top, who, ": found input code ", int{highest}, ", expected 0 ... ",
        graph.input().top);
}

Array<std::int32_t> walk(const IntegerGraph& graph, const Array<std::uint8_t>& input, const RunNode& run_node,
                         const IntegerObserver& observe) {
  return walk_nodes(graph, {.codes = input}, run_node, observe);
}

Array<std::int32_t> walk(const IntegerGraph& graph, const Array<std::uint8_t>& input,
                         const std::vector<Range>& ranges, const RunNodes& run_nodes,
                         const IntegerObserver& observe) {
  return walk_ranges(graph, {.codes = input}, ranges, run_nodes, observe);
}

Array<std::int32_t> walk(const IntegerGraph& graph, const TokenBatch& batch, const RunNode& run_node,
                         const IntegerObserver& observe) {
  return walk_nodes(graph, {.tokens = batch.tokens}, run_node, observe);
}

}  // namespace nibble::edge
