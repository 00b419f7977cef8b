#pragma once

#include <functional>
#include <vector>

#include "core/parallel.h"
#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// All nodes, in their order, in chains of neighbours. Behind a chain's first node a row of outputs depends
/// on nothing but tensors from before the chain and the same row of nodes in it: whoever has computed some
/// rows of a node may go on with the next, and threads need not wait for each other in between. by_rows:
/// whether the caller can compute some rows of a node alone; where not, it is a chain by itself.
std::vector<Range> row_chains(const IntegerGraph& graph,
                              const std::function<bool(const IntegerNode&)>& by_rows);

}  // namespace nibble::edge
