#pragma once

#include <functional>

#include "edge/graph/integer_graph.h"

namespace nibble::bench {

/// The peer of integer inference: oneDNN's int8 on the layers of a graph, as a chain of its u8 x s8 -> u8
/// convolutions with one scale per channel, its pool and its last product, with the library's own threads and
/// blocking. Additions, tables and average pools cost it nothing. What it computes means nothing; it takes
/// the time it takes.
std::function<void()> int8_chain(const edge::IntegerGraph& graph, long batch);

}  // namespace nibble::bench
