#include "edge/memory_report.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "edge/verify.h"

namespace nibble::edge {

namespace {

long bytes(const Requantization& r) {
  return static_cast<long>(4 * (r.mult.size() + r.mult2.size()) + 8 * (r.offset.size() + r.offset2.size()));
}

struct Cost {
  NodeCost& cost;

  void weights(std::size_t count, long rows, int bits) const {
    const long row = static_cast<long>(count) / rows;
    cost.weight_bits = bits;
    cost.weight_bytes = rows * (bits == 4 ? (row + 1) / 2 : row);
  }
  void operator()(const IntegerConv& conv) const {
    weights(conv.weights.size(), cost.output[2], conv.weight_bits);
    cost.table_bytes = bytes(conv.requantization);
    cost.macs = static_cast<long>(conv.weights.size()) * cost.output[0] * cost.output[1];
  }
  void operator()(const IntegerLinear& linear) const {
    weights(linear.weights.size(), cost.output[0], linear.weight_bits);
    cost.table_bytes = bytes(linear.requantization) + static_cast<long>(4 * linear.bias.size());
    cost.macs = static_cast<long>(linear.weights.size());
  }
  void operator()(const IntegerAveragePool& pool) const { cost.table_bytes = bytes(pool.requantization); }
  void operator()(const IntegerTable& table) const {
    cost.table_bytes = static_cast<long>(table.table.size());
  }
  template <typename Other>
  void operator()(const Other&) const {}
};

}  // namespace

MemoryReport memory_report(const IntegerGraph& graph, const MemoryPlan& plan) {
  MemoryReport report;
  for (const IntegerNode& node : graph.nodes) {
    NodeCost cost;
    cost.name = name(graph, node);
    cost.kind = kind(node.op);
    cost.output = graph.tensors[static_cast<std::size_t>(node.output)].shape;
    std::visit(Cost{cost}, node.op);
    report.weight_bytes += cost.weight_bytes;
    report.table_bytes += cost.table_bytes;
    report.macs += cost.macs;
    report.nodes.push_back(std::move(cost));
  }
  report.arena_bytes = plan.arena_bytes();
  return report;
}

std::string to_text(const MemoryReport& report) {
  std::size_t width = 4;
  for (const NodeCost& node : report.nodes) width = std::max(width, node.name.size());
  std::ostringstream text;
  const auto row = [&](const auto& name, const auto& kind, const auto& output, const auto& bits,
                       const auto& weights, const auto& tables, const auto& macs) {
    text << std::left << std::setw(static_cast<int>(width) + 2) << name << std::setw(14) << kind
         << std::setw(16) << output << std::right << std::setw(5) << bits << std::setw(14) << weights
         << std::setw(13) << tables << std::setw(13) << macs << '\n';
  };
  row("node", "kind", "output", "bits", "weight bytes", "table bytes", "MACs");
  for (const NodeCost& n : report.nodes) {
    std::ostringstream shape;
    shape << n.output;
    row(n.name, n.kind, shape.str(), n.weight_bits, n.weight_bytes, n.table_bytes, n.macs);
  }
  row("sum", "", "", "", report.weight_bytes, report.table_bytes, report.macs);
  text << "\nflash " << report.flash_bytes() << " bytes (constants, without code), RAM " << report.arena_bytes
       << " bytes (arena, without input, scores and stack)\n";
  return text.str();
}

}  // namespace nibble::edge
