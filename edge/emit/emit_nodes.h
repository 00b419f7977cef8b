#pragma once

#include <string>

#include "edge/graph/integer_graph.h"
#include "edge/graph/plan_memory.h"

namespace nibble::edge {

/// What the nodes of a graph become in C.
struct EmittedNodes {
  std::string tables;                          // constants: weights, lines, structs
  std::string calls;                           // statements, in the order of the nodes
  std::string wide_state, codes_state, reset;  // of recurrent nodes: members of the state, statements
  long taps = 0;                               // most inner values of a recurrent node
};

/// Calls read `input` or `token` and write `output`, or of a graph with several outputs->output_0, ...; what
/// lies between is in `arena`, where the plan has it. What recurrent nodes keep is in `context`.
EmittedNodes emit_nodes(const IntegerGraph& graph, const MemoryPlan& plan);

}  // namespace nibble::edge
