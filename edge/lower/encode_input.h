#pragma once

#include "core/array.h"
#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// The codes of normalized samples x: [N, ...sample], exactly as the network's first quantizer computes them.
Array<std::uint8_t> encode_input(const IntegerGraph& graph, const Tensor& x);

/// The same for single numbers, in any shape.
Array<std::uint8_t> encode_numbers(const IntegerGraph& graph, const Tensor& x);

}  // namespace nibble::edge
