#include "edge/graph/walk.h"

#include <algorithm>

#include "core/check.h"

namespace nibble::edge {

std::vector<IntegerValue> inputs_of(const IntegerNode& node, const std::vector<IntegerValue>& values) {
  std::vector<IntegerValue> inputs;
  for (const int i : node.inputs) inputs.push_back(values[static_cast<std::size_t>(i)]);
  return inputs;
}

namespace {

// For each tensor the last node that reads it; outputs are never dropped.
std::vector<std::size_t> last_uses(const IntegerGraph& graph) {
  std::vector<std::size_t> last(graph.tensors.size(), 0);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const int input : graph.nodes[n].inputs) last[static_cast<std::size_t>(input)] = n;
  }
  for (const int output : graph.outputs) last[static_cast<std::size_t>(output)] = graph.nodes.size();
  return last;
}

Array<std::int32_t> numbers(const IntegerValue& value, bool scores) {
  if (scores) return value.scores;
  auto all = Array<std::int32_t>::uninitialized(value.codes.shape());
  std::copy(value.codes.begin(), value.codes.end(), all.begin());
  return all;
}

IntegerOutputs walk_ranges(const IntegerGraph& graph, const IntegerValue& input,
                           const std::vector<Range>& ranges, const RunNodes& run_nodes,
                           const IntegerListener& listener) {
  const std::vector<std::size_t> last = last_uses(graph);
  std::vector<IntegerValue> values(graph.tensors.size());
  values[0] = input;
  for (const Range& range : ranges) {
    run_nodes(range, values);
    for (long n = range.begin; n < range.end; ++n) {
      const IntegerNode& node = graph.nodes[static_cast<std::size_t>(n)];
      if (listener) listener(node.output, values[static_cast<std::size_t>(node.output)]);
      for (const int i : node.inputs) {
        if (last[static_cast<std::size_t>(i)] == static_cast<std::size_t>(n))
          values[static_cast<std::size_t>(i)] = {};
      }
    }
  }
  IntegerOutputs outputs;
  for (const int output : graph.outputs)
    outputs.push_back(numbers(values[static_cast<std::size_t>(output)], graph.tensor(output).scores));
  return outputs;
}

IntegerOutputs walk_nodes(const IntegerGraph& graph, const IntegerValue& input, const RunNode& run_node,
                          const IntegerListener& listener) {
  const auto count = static_cast<long>(graph.nodes.size());
  const RunNodes run = [&](Range nodes, std::vector<IntegerValue>& values) {
    const IntegerNode& node = graph.nodes[static_cast<std::size_t>(nodes.begin)];
    values[static_cast<std::size_t>(node.output)] = run_node(node, inputs_of(node, values));
  };
  return walk_ranges(graph, input, cut(count, count), run, listener);
}

}  // namespace

void check_input(const IntegerGraph& graph, const Array<std::uint8_t>& input, const char* who) {
  check(!graph.reads_text(), who, ": found codes for graph '", graph.name, "', expected tokens");
  const bool batched = input.shape().rank() > 0;
  check(batched && input.shape() == batch_shape(input.shape()[0], graph.input().shape), who, ": found input ",
        input.shape(), ", expected [N] images of ", graph.input().shape);
  // A loop becomes vector instructions; the input is large compared with its layers.
  std::uint8_t highest = 0;
  for (const std::uint8_t q : input) highest = std::max(highest, q);
  check(highest <= graph.input().top, who, ": found input code ", int{highest}, ", expected 0 ... ",
        graph.input().top);
}

IntegerOutputs walk(const IntegerGraph& graph, const Array<std::uint8_t>& input, const RunNode& run_node,
                    const IntegerListener& listener) {
  return walk_nodes(graph, {.codes = input}, run_node, listener);
}

IntegerOutputs walk(const IntegerGraph& graph, const Array<std::uint8_t>& input,
                    const std::vector<Range>& ranges, const RunNodes& run_nodes,
                    const IntegerListener& listener) {
  return walk_ranges(graph, {.codes = input}, ranges, run_nodes, listener);
}

IntegerOutputs walk(const IntegerGraph& graph, const TokenBatch& batch, const RunNode& run_node,
                    const IntegerListener& listener) {
  return walk_nodes(graph, {.tokens = batch.tokens}, run_node, listener);
}

Array<std::int32_t> only_output(const IntegerGraph& graph, const IntegerOutputs& outputs) {
  check(outputs.size() == 1, "graph '", graph.name, "': found ", outputs.size(), " outputs, expected one");
  return outputs.front();
}

}  // namespace nibble::edge
