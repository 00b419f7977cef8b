#pragma once

#include <string>

#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// Name of a node for messages and tables: that of its output.
const std::string& name(const IntegerGraph& graph, const IntegerNode& node);

/// "conv2d", "table", ...
const char* kind(const IntegerOp& op);

/// A node together with its tensors, and the words that open a message about it.
struct NodeView {
  std::string who;  // "verify: node 'fc'"
  const IntegerGraph& graph;
  const IntegerNode& node;

  /// who: the function that looks: "verify".
  NodeView(const char* who, const IntegerGraph& graph, const IntegerNode& node);

  const IntegerTensor& in(std::size_t i = 0) const { return graph.tensor(node.inputs[i]); }
  const IntegerTensor& out() const { return graph.tensor(node.output); }
};

}  // namespace nibble::edge
