#include "edge/emit/emit_nodes.h"

#include <algorithm>

#include "core/check.h"
#include "edge/emit/c_text.h"
#include "edge/emit/c_writer.h"
#include "edge/graph/op_rule.h"

namespace nibble::edge {

EmittedNodes emit_nodes(const IntegerGraph& graph, const MemoryPlan& plan) {
  EmittedNodes all;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const IntegerNode& node = graph.nodes[n];
    const IntegerTensor& out = graph.tensor(node.output);
    CWriter writer(graph, plan, node, str("n", n, "_", c_identifier(out.name)));
    ask(node.op, [&](const auto& op, const auto& rule) { rule.emit(op, writer); });
    all.tables += str("/* ", c_plain(out.name), ": ", kind(node.op), " */\n", writer.tables.str(), "\n");
    all.calls += str("  /* ", c_plain(out.name), ' ', out.shape, " */\n", writer.calls.str(), "  NBL_TRACE(",
                     node.output, ", ", writer.y(), ", ", bytes_of(out), ");\n");
    all.wide_state += writer.wide_state.str();
    all.codes_state += writer.codes_state.str();
    all.reset += writer.reset.str();
    all.taps = std::max(all.taps, writer.taps);
  }
  return all;
}

}  // namespace nibble::edge
