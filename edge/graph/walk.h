#pragma once

#include <functional>

#include "core/parallel.h"
#include "edge/graph/integer_value.h"
#include "edge/graph/text.h"

namespace nibble::edge {

/// Computes one node from the values of its inputs.
using RunNode = std::function<IntegerValue(const IntegerNode& node, const std::vector<IntegerValue>& inputs)>;

/// Computes neighbouring nodes: reads values, by tensor, and writes those of the nodes' outputs.
using RunNodes = std::function<void(Range nodes, std::vector<IntegerValue>& values)>;

/// The values that a node reads.
std::vector<IntegerValue> inputs_of(const IntegerNode& node, const std::vector<IntegerValue>& values);

/// Throws Error, which `who` opens, if the input is not [N, ...sample] of codes that the graph reads.
void check_input(const IntegerGraph& graph, const Array<std::uint8_t>& input, const char* who);

/// Walks the graph: hands each node its inputs, shows its output to `listener`, drops tensors after their
/// last use, and returns the outputs as numbers. The input was checked.
IntegerOutputs walk(const IntegerGraph& graph, const Array<std::uint8_t>& input, const RunNode& run_node,
                    const IntegerListener& listener);
/// The same with all nodes in ranges, in their order.
IntegerOutputs walk(const IntegerGraph& graph, const Array<std::uint8_t>& input,
                    const std::vector<Range>& ranges, const RunNodes& run_nodes,
                    const IntegerListener& listener);
/// The first for a graph that reads text, whose batch was checked (start, edge/graph/text.h); run_node knows
/// the state.
IntegerOutputs walk(const IntegerGraph& graph, const TokenBatch& batch, const RunNode& run_node,
                    const IntegerListener& listener);

/// The output of a graph that has one, from its outputs. Throws Error for a graph with several.
Array<std::int32_t> only_output(const IntegerGraph& graph, const IntegerOutputs& outputs);

}  // namespace nibble::edge
