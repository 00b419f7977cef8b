#include "edge/emit/memory_report.h"

#include <algorithm>
#include <iomanip>
#include <set>
#include <sstream>

#include "edge/graph/op_rule.h"

namespace nibble::edge {

namespace {

constexpr long kGateTableBytes = 2 * 513 * 2;  // sigmoid and tanh, which all recurrent nodes share

}  // namespace

MemoryReport memory_report(const IntegerGraph& graph, const MemoryPlan& plan) {
  MemoryReport report;
  for (const IntegerNode& node : graph.nodes) {
    const NodeView view("memory_report", graph, node);
    NodeCost cost;
    ask(node.op, [&](const auto& op, const auto& rule) {
      static_cast<DeviceCost&>(cost) = rule.cost(op, view);
      cost.kernel = rule.kernel(op, view);
    });
    cost.name = name(graph, node);
    cost.kind = kind(node.op);
    cost.output = view.out().shape;
    report.weight_bytes += cost.weight_bytes;
    report.table_bytes += cost.table_bytes;
    report.macs += cost.macs;
    report.nodes.push_back(std::move(cost));
  }
  report.arena_bytes = plan.arena_bytes();
  report.state_bytes = plan.state_bytes;
  for (const int output : graph.outputs) report.output_bytes += bytes_of(graph.tensor(output));
  report.reads_text = graph.reads_text();
  if (report.state_bytes > 0) report.table_bytes += kGateTableBytes;
  return report;
}

std::vector<std::string> kernels_of(const IntegerGraph& graph, const MemoryReport& report) {
  std::set<std::string> kernels;
  for (const NodeCost& node : report.nodes) {
    if (!node.kernel.empty()) kernels.insert(node.kernel);
  }
  for (const IntegerNode& node : graph.nodes) {
    if (const char* const tables = traits(node.op).tables) kernels.insert(tables);
  }
  return {kernels.begin(), kernels.end()};
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
  if (report.state_bytes > 0) text << "(with " << kGateTableBytes << " table bytes of sigmoid and tanh)\n";
  text << "\nflash " << report.flash_bytes() << " bytes (constants, without code), RAM ";
  if (report.reads_text) {
    text << report.ram_bytes() << " bytes (state " << report.state_bytes << ", arena " << report.arena_bytes
         << ", scores " << report.output_bytes << "; without stack)\n";
  } else {
    text << report.arena_bytes << " bytes (arena, without input, scores and stack)\n";
  }
  return text.str();
}

}  // namespace nibble::edge
