#pragma once

#include <string>

#include "edge/graph/integer_graph.h"
#include "layers/network/network.h"

namespace nibble::edge {

/// A quantized network as integers. Every real-valued chain
///   conv2d | linear | add | multiply | average pool → (batch norm) → (relu, relu6, leaky relu) → quantizer
/// becomes one node; a function of single codes (swish, ..., a quantizer behind a quantizer) becomes a table;
/// an embedding with the quantizer behind it becomes a table of codes, by token; a recurrent layer in fixed
/// point, whose quantizer is its own, becomes one node; what only moves values moves codes. Parts of a
/// concatenation are brought to one grid, each for itself, by the quantizer behind it. The network's
/// outputs are the graph's, in the same order: codes of a quantizer, or scores of a linear layer. Scores are
/// accumulators, or, where the layer's rows have different scales, 16-bit scores of scale 2⁻¹⁰. The
/// derivation of the integers is in docs/quantizer-math.md. The result is verified. Throws Error,
/// naming the node, for what has no integer form.
IntegerGraph lower(const Network& network, const std::string& name = "network");

}  // namespace nibble::edge
