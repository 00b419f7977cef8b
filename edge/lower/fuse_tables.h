#pragma once

#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// Two tables in a row become one where nobody else reads what stands between them. Tensors are numbered
/// anew.
void fuse_tables(IntegerGraph& graph);

}  // namespace nibble::edge
