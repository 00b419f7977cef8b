#pragma once

#include <string>

#include "core/array.h"
#include "edge/integer_graph.h"

namespace nibble::edge {

/// test_vectors.h of an emitted model: inputs, the checksum of each layer's codes, and outputs, all from the
/// reference. samples: [N, ...sample].
std::string test_vectors(const IntegerGraph& graph, const Array<std::uint8_t>& samples);

/// n samples of random codes.
Array<std::uint8_t> random_samples(const IntegerGraph& graph, long n);

}  // namespace nibble::edge
