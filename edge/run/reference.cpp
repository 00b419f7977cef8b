#include "edge/run/reference.h"

#include "edge/graph/op_rule.h"
#include "edge/graph/walk.h"
#include "edge/run/recurrent_reference.h"

namespace nibble::edge {

IntegerValue run_node(const IntegerGraph& graph, const IntegerNode& node,
                      const std::vector<IntegerValue>& inputs) {
  const NodeView view("reference", graph, node);
  return ask(node.op, [&](const auto& op, const auto& rule) { return rule.run(op, view, inputs); });
}

IntegerOutputs reference_outputs(const IntegerGraph& graph, const Array<std::uint8_t>& input,
                                 const IntegerListener& listener) {
  check_input(graph, input, "reference");
  const RunNode run = [&](const IntegerNode& node, const std::vector<IntegerValue>& inputs) {
    return run_node(graph, node, inputs);
  };
  return walk(graph, input, run, listener);
}

IntegerOutputs reference_outputs(const IntegerGraph& graph, const TokenBatch& batch, IntegerState& state,
                                 const IntegerListener& listener) {
  start(state, graph, batch, "reference");
  const RunNode run = [&](const IntegerNode& node, const std::vector<IntegerValue>& inputs) {
    if (!std::holds_alternative<IntegerRecurrent>(node.op)) return run_node(graph, node, inputs);
    return run_recurrent(graph, node, inputs.front().codes, batch.sequences,
                         state[recurrent_number(graph, node)]);
  };
  return walk(graph, batch, run, listener);
}

Array<std::int32_t> run_reference(const IntegerGraph& graph, const Array<std::uint8_t>& input,
                                  const IntegerListener& listener) {
  return only_output(graph, reference_outputs(graph, input, listener));
}

Array<std::int32_t> run_reference(const IntegerGraph& graph, const TokenBatch& batch, IntegerState& state,
                                  const IntegerListener& listener) {
  return only_output(graph, reference_outputs(graph, batch, state, listener));
}

std::int64_t accumulator_at(const IntegerGraph& graph, const IntegerNode& node,
                            const std::vector<IntegerValue>& inputs, long index) {
  const NodeView view("reference", graph, node);
  return ask(node.op,
             [&](const auto& op, const auto& rule) { return rule.accumulator(op, view, inputs, index); });
}

}  // namespace nibble::edge
