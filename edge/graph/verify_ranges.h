#pragma once

#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// That a node's constants are as many as they should be, its codes stay within their tensors' ranges, its
/// accumulators within int32 and its products within 62 bits, whatever comes in. Shapes fit already. Throws
/// Error, naming the node, where one does not.
void verify_ranges(const IntegerGraph& graph, const IntegerNode& node);

}  // namespace nibble::edge
