#pragma once

#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// What must hold of every IntegerGraph: shapes fit, codes stay within their tensors' ranges, accumulators
/// fit int32 and products 64 bits, every tensor is produced once and before it is read, scores are read by
/// nobody but the caller. Throws Error naming the first node where it does not.
void verify(const IntegerGraph& graph);

/// Name of a node for messages and tables: that of its output.
const std::string& name(const IntegerGraph& graph, const IntegerNode& node);

/// "verify: node 'NAME'", which opens a refusal.
std::string quoted(const IntegerGraph& graph, const IntegerNode& node);

/// "conv2d", "table", ...
const char* kind(const IntegerOp& op);

}  // namespace nibble::edge
