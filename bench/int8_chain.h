#pragma once

#include <functional>

#include "edge/graph/integer_graph.h"

namespace nibble::bench {

/// The peer of integer inference: oneDNN's int8 on the layers of a graph. It is a chain of the graph's u8 x
/// s8 -> u8 convolutions with one scale per channel, its pool and its last product, with oneDNN's own threads
/// and blocking. Additions, tables and average pools are left out, so they cost the peer nothing. The results
/// have no meaning; only the time is measured.
std::function<void()> int8_chain(const edge::IntegerGraph& graph, long batch);

}  // namespace nibble::bench
