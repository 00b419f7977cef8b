#pragma once

#include "edge/graph/integer_graph.h"
#include "edge/graph/integer_value.h"
#include "edge/graph/text.h"

namespace nibble::edge {

/// The definition of a recurrent node: the steps of x ([steps · sequences, features], time-major) one after
/// another. `state` is read and left as the last step made it. Throws Error, naming the node, where an
/// accumulator leaves int32 or a product int64.
IntegerValue run_recurrent(const IntegerGraph& graph, const IntegerNode& node, const Array<std::uint8_t>& x,
                           long sequences, RecurrentState& state);

}  // namespace nibble::edge
