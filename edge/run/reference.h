#pragma once

#include <vector>

#include "edge/graph/integer_graph.h"
#include "edge/graph/integer_value.h"
#include "edge/graph/text.h"

namespace nibble::edge {

// The definition of what an IntegerGraph computes: plain loops, every sum in 64 bits, every product in 128,
// and an Error, naming the node, where an accumulator leaves int32 or a product int64. Everything else
// (evaluate.h, the emitted C) must agree with it in every bit. What one node computes stands in edge/ops.

/// input: [N, ...sample] codes. Returns the outputs: [N, ...] scores, or codes as numbers. All N images are
/// in memory at once; a tensor is dropped after its last use.
IntegerOutputs reference_outputs(const IntegerGraph& graph, const Array<std::uint8_t>& input,
                                 const IntegerListener& listener = {});

/// The same for a graph that reads text: all steps of the batch. `state` is read, and left as the last step
/// made it; empty, it is zero. Returns [steps · sequences, ...] of each output.
IntegerOutputs reference_outputs(const IntegerGraph& graph, const TokenBatch& batch, IntegerState& state,
                                 const IntegerListener& listener = {});

/// The output of a graph that has one. Throws Error for a graph with several.
Array<std::int32_t> run_reference(const IntegerGraph& graph, const Array<std::uint8_t>& input,
                                  const IntegerListener& listener = {});
Array<std::int32_t> run_reference(const IntegerGraph& graph, const TokenBatch& batch, IntegerState& state,
                                  const IntegerListener& listener = {});

/// One node, but a recurrent one (edge/run/recurrent_reference.h), from the values of its inputs, in the
/// order of node.inputs.
IntegerValue run_node(const IntegerGraph& graph, const IntegerNode& node,
                      const std::vector<IntegerValue>& inputs);

/// What stands before the last rounding of one output element: the accumulator of a convolution, linear layer
/// or average pooling, the 64-bit sum of an addition, the code before a table; the code itself where codes
/// only move. index: in the output tensor of image 0 of `inputs`. Not of recurrent nodes.
std::int64_t accumulator_at(const IntegerGraph& graph, const IntegerNode& node,
                            const std::vector<IntegerValue>& inputs, long index);

}  // namespace nibble::edge
