#include "edge/run/row_chains.h"

#include "edge/graph/op_rule.h"

namespace nibble::edge {
namespace {

bool is_pointwise(const IntegerNode& node) {
  return ask(node.op, [](const auto& op, const auto& rule) { return rule.is_pointwise(op); });
}

}  // namespace

std::vector<Range> row_chains(const IntegerGraph& graph,
                              const std::function<bool(const IntegerNode&)>& by_rows) {
  const auto image = [&](long n) -> const Shape& {
    const int output = graph.nodes[static_cast<std::size_t>(n)].output;
    return graph.tensors[static_cast<std::size_t>(output)].shape;
  };
  std::vector<Range> chains;
  bool open = false;  // whether the last chain may go on
  for (long n = 0; n < static_cast<long>(graph.nodes.size()); ++n) {
    const IntegerNode& node = graph.nodes[static_cast<std::size_t>(n)];
    const bool rows = image(n).rank() == 3 && by_rows(node);
    if (open && rows && is_pointwise(node) && image(n)[0] == image(n - 1)[0] &&
        image(n)[1] == image(n - 1)[1]) {
      ++chains.back().end;
    } else {
      chains.push_back({n, n + 1});
    }
    open = rows;
  }
  return chains;
}

}  // namespace nibble::edge
