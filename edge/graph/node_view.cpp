#include "edge/graph/node_view.h"

#include "core/check.h"
#include "edge/graph/op_rule.h"

namespace nibble::edge {

const std::string& name(const IntegerGraph& graph, const IntegerNode& node) {
  return graph.tensor(node.output).name;
}

const char* kind(const IntegerOp& op) { return traits(op).kind; }

NodeView::NodeView(const char* by, const IntegerGraph& of, const IntegerNode& n)
    : who(str(by, ": node '", name(of, n), "'")), graph(of), node(n) {}

}  // namespace nibble::edge
