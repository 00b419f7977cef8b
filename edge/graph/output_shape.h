#pragma once

#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// The shape of a node's output, from the shapes of its inputs. Throws Error, naming the node, where they do
/// not fit.
Shape output_shape(const IntegerGraph& graph, const IntegerNode& node);

}  // namespace nibble::edge
