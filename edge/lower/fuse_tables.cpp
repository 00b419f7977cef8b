#include "edge/lower/fuse_tables.h"

#include <algorithm>
#include <optional>

namespace nibble::edge {

namespace {

// The node that produces a tensor, if it is a table, is read once, and is not the caller's.
std::optional<std::size_t> private_table(const IntegerGraph& graph, int tensor) {
  if (graph.is_output(tensor)) return std::nullopt;
  long reads = 0;
  std::optional<std::size_t> producer;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const IntegerNode& node = graph.nodes[n];
    reads += std::count(node.inputs.begin(), node.inputs.end(), tensor);
    if (node.output == tensor && std::holds_alternative<IntegerTable>(node.op)) producer = n;
  }
  return reads == 1 ? producer : std::nullopt;
}

void remove_node_and_output(IntegerGraph& graph, std::size_t n) {
  const int removed = graph.nodes[n].output;
  graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(n));
  graph.tensors.erase(graph.tensors.begin() + removed);
  for (int& output : graph.outputs) {
    if (output > removed) --output;
  }
  for (IntegerNode& node : graph.nodes) {
    if (node.output > removed) --node.output;
    for (int& input : node.inputs) {
      if (input > removed) --input;
    }
  }
}

}  // namespace

void fuse_tables(IntegerGraph& graph) {
  for (std::size_t n = 0; n < graph.nodes.size();) {
    auto* second = std::get_if<IntegerTable>(&graph.nodes[n].op);
    const std::optional<std::size_t> first =
        second ? private_table(graph, graph.nodes[n].inputs[0]) : std::nullopt;
    if (!first) {
      ++n;
      continue;
    }
    std::vector<std::uint8_t> composed;
    for (const std::uint8_t code : std::get<IntegerTable>(graph.nodes[*first].op).table) {
      composed.push_back(second->table[code]);
    }
    second->table = std::move(composed);
    graph.nodes[n].inputs = graph.nodes[*first].inputs;
    remove_node_and_output(graph, *first);  // stands in front, so node n is n - 1 now, and may fuse once more
    --n;
  }
}

}  // namespace nibble::edge
