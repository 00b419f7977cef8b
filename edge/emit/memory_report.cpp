#include "edge/emit/memory_report.h"

#include <fmt/format.h>
#include <algorithm>
#include <set>
#include <sstream>

#include "core/check.h"
#include "edge/emit/code_size.h"
#include "edge/emit/emit_boxes.h"
#include "edge/graph/op_rule.h"

namespace nibble::edge {

namespace {

constexpr long kGateTableBytes = 2 * 513 * 2;  // sigmoid and tanh, which all recurrent nodes share

void add(MemoryReport& report, NodeCost cost) {
  report.weight_bytes += cost.weight_bytes;
  report.table_bytes += cost.table_bytes;
  report.struct_bytes += cost.struct_bytes;
  report.macs += cost.macs;
  report.nodes.push_back(std::move(cost));
}

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
    add(report, std::move(cost));
  }
  report.finds_boxes = graph.boxes.has_value();
  if (report.finds_boxes) add(report, {box_cost(*graph.boxes), "boxes", "boxes", kBoxKernel, {}});
  report.arena_bytes = plan.arena_bytes();
  report.state_bytes = plan.state_bytes;
  for (const int output : graph.outputs) report.output_bytes += bytes_of(graph.tensor(output));
  report.reads_text = graph.reads_text();
  if (!report.reads_text) report.input_bytes = bytes_of(graph.input());
  if (report.state_bytes > 0) report.table_bytes += kGateTableBytes;
  report.code_bytes = code_bytes_of_calls(static_cast<long>(graph.nodes.size()));
  for (const std::string& kernel : kernels_of(graph, report))
    report.code_bytes += code_bytes_of_kernel(kernel);
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
    text << fmt::format("{:<{}}{:<14}{:<16}{:>5}{:>14}{:>13}{:>13}\n", name, width + 2, kind, output, bits,
                        weights, tables, macs);
  };
  row("node", "kind", "output", "bits", "weight bytes", "table bytes", "MACs");
  for (const NodeCost& n : report.nodes) {
    row(n.name, n.kind, n.output.rank() > 0 ? str(n.output) : "", n.weight_bits, n.weight_bytes,
        n.table_bytes, n.macs);
  }
  row("sum", "", "", "", report.weight_bytes, report.table_bytes, report.macs);
  if (report.state_bytes > 0) text << "(with " << kGateTableBytes << " table bytes of sigmoid and tanh)\n";
  text << "\nflash about " << report.flash_bytes() << " bytes: constants " << report.constant_bytes()
       << " (weights and tables " << report.weight_bytes + report.table_bytes << ", structs "
       << report.struct_bytes << "), code about " << report.code_bytes << "\nRAM " << report.ram_bytes()
       << " bytes: context " << report.context_bytes() << " (";
  if (report.reads_text) text << "state " << report.state_bytes << ", ";
  text << "arena " << report.arena_bytes << "), ";
  if (!report.reads_text) text << "input " << report.input_bytes << ", ";
  text << "outputs " << report.output_bytes;
  if (report.finds_boxes) text << "; " << kBoxBytes << " for each box that there is to be room for";
  text << "; and a stack of less than " << (report.finds_boxes ? kBoxStackBytes : kStackBytes)
       << "\nWith pointers of 32 bits; code and stack as gcc -O2 makes them for a Cortex-M4. 'make size' "
          "tells what "
          "your compiler makes.\n";
  return text.str();
}

}  // namespace nibble::edge
