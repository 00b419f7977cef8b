#include "layers/network/summary.h"

#include "layers/network/runs_as.h"

namespace nibble {
namespace {

// The layer's own parameters, counted through the one door that all of them pass.
long parameter_count(Layer& layer) {
  long count = 0;
  const auto visit = [&](const std::string&, ParameterKind kind, Var& value) {
    if (kind != ParameterKind::quantizer && kind != ParameterKind::statistic) count += value.value().size();
  };
  std::visit(overloaded{[](InputLayer&) {}, [&](auto& any) { any.parameters(visit); }}, layer);
  return count;
}

// Every weight is used once at each output position; a table of rows is only looked up.
long mac_count(const Layer& layer, const Weights& weights, const Shape& output) {
  if (std::holds_alternative<Embedding>(layer)) return 0;
  return output.count() / output.back() * weights.weight.value().size();
}

long byte_count(const Weights& weights, int bits) {
  const Shape& w = weights.weight.shape();
  if (bits > 8) return 4 * w.count();
  return bits > 4 ? w.count() : w[0] * ((w.row() + 1) / 2);
}

}  // namespace

std::vector<NodeSummary> summarize(Network& network) {
  std::vector<NodeSummary> rows;
  const Plan& plan = network.plan({.training = true});
  for (NetworkNode& node : network.nodes()) {
    NodeSummary row{.name = node.name, .kind = kind(node.layer), .shape = node.shape};
    row.parameters = parameter_count(node.layer);
    for (const Weights& found : weights(node.layer)) {
      row.weight_bits = *found.quantizer ? options(**found.quantizer).bits : 32;
      row.macs += mac_count(node.layer, found, node.shape);
      row.weight_bytes += byte_count(found, row.weight_bits);
    }
    if (const auto* quantizer = std::get_if<ActivationQuantizer>(&node.layer)) {
      row.activation_bits = options(quantizer->quantizer).bits;
    } else if (const auto* recurrent = std::get_if<Recurrent>(&node.layer);
               recurrent && recurrent->hidden_quantizer) {
      row.activation_bits = options(*recurrent->hidden_quantizer).bits;
    } else if (keeps_grid(node.layer)) {
      row.activation_bits = rows[static_cast<std::size_t>(node.inputs[0].index)].activation_bits;
    }
    row.runs_as = runs_as(network, plan, rows.size());
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace nibble
