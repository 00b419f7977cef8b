#include "edge/emit/memory_report.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "edge/graph/verify.h"

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
  void operator()(const IntegerEmbedding& embedding) const {
    const long features = cost.output[0], rows = static_cast<long>(embedding.table.size()) / features;
    weights(embedding.table.size(), rows, embedding.code_bits);
  }
  void operator()(const IntegerRecurrent& recurrent) const {
    weights(recurrent.input_weights.size(), recurrent.rows(), recurrent.weight_bits);
    const long of_input = cost.weight_bytes;
    weights(recurrent.recurrent_weights.size(), recurrent.rows(), recurrent.weight_bits);
    cost.weight_bytes += of_input;
    const GateLines& gates = recurrent.gates;
    cost.table_bytes = static_cast<long>(4 * (gates.input_mult.size() + gates.recurrent_mult.size()) +
                                         8 * (gates.offset.size() + gates.candidate_offset.size()) +
                                         2 * recurrent.thresholds.size());
    cost.macs = static_cast<long>(recurrent.input_weights.size() + recurrent.recurrent_weights.size());
  }
  template <typename Other>
  void operator()(const Other&) const {}
};

constexpr long kGateTableBytes = 2 * 513 * 2;  // sigmoid and tanh, which all recurrent nodes share

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
  report.state_bytes = plan.state_bytes;
  report.output_bytes = graph.output().shape.count() * bytes_of_element(graph.output());
  report.reads_text = graph.reads_text();
  if (report.state_bytes > 0) report.table_bytes += kGateTableBytes;
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
