#pragma once

#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// What must hold of every IntegerGraph: shapes fit, codes stay within their tensors' ranges, accumulators
/// fit int32 and products 64 bits, every tensor is produced once and before it is read, each output is
/// computed and listed once, scores are outputs that nobody else reads, boxes fit the outputs (check_boxes).
/// Throws Error naming the first node where it does not.
void verify(const IntegerGraph& graph);

}  // namespace nibble::edge
