#pragma once

#include <string>

#include "edge/integer_graph.h"
#include "layers/network.h"

namespace nibble::edge {

/// A quantized network as integers. Every real-valued chain
///   conv2d | linear | add | average pool → (batch norm) → (relu, relu6, leaky relu) → quantizer
/// becomes one node; a function of single codes (swish, ..., a quantizer behind a quantizer) becomes a table;
/// what only moves values moves codes; the last linear layer gives its accumulators as scores. The derivation
/// of the integers is in docs/quantizer-math.md. The result is verified. Throws Error, naming the node, for
/// what has no integer form.
IntegerGraph lower(const Network& network, const std::string& name = "network");

}  // namespace nibble::edge
