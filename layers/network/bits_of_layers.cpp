#include "layers/network/bits_of_layers.h"

#include <optional>
#include <utility>

#include "core/check.h"
#include "layers/network/quantize_plan.h"

namespace nibble {
namespace {

void check_bits(const std::string& what, int bits) {
  check(bits >= 2 && bits <= 8, "quantize: found ", what, " ", bits, ", expected 2 ... 8");
}

// The layer with weights that an output comes from, if it comes from one.
std::optional<std::size_t> head_of(const Network& network, NodeRef output) {
  while (!has_weights(network.node(output).layer)) {
    const std::vector<NodeRef>& inputs = network.node(output).inputs;
    if (inputs.size() != 1) return std::nullopt;
    output = inputs.front();
  }
  return static_cast<std::size_t>(output.index);
}

}  // namespace

void check_policy(const QuantPolicy& policy) {
  const std::pair<const char*, int> all[] = {{"weight_bits", policy.weight_bits},
                                             {"activation_bits", policy.activation_bits},
                                             {"first_and_last_bits", policy.first_and_last_bits},
                                             {"input_bits", policy.input_bits},
                                             {"join_bits", policy.join_bits},
                                             {"table_bits", policy.table_bits}};
  for (const auto& [what, bits] : all) check_bits(what, bits);
  for (const LayerOverride& o : policy.overrides) {
    const std::string who = "override '" + o.pattern + "': ";
    if (o.weight_bits != 0) check_bits(who + "weight_bits", o.weight_bits);
    if (o.activation_bits != 0) check_bits(who + "activation_bits", o.activation_bits);
  }
}

std::vector<LayerBits> bits_of_layers(const Network& network, const QuantPolicy& policy) {
  std::vector<std::size_t> weighted;
  for (std::size_t i = 0; i < network.nodes().size(); ++i) {
    if (has_weights(network.nodes()[i].layer)) weighted.push_back(i);
  }
  check(!weighted.empty(), "quantize: found no layer with weights, expected at least one");

  std::vector<LayerBits> bits(network.nodes().size());
  for (const std::size_t i : weighted) bits[i] = {policy.weight_bits, policy.activation_bits};
  bits[weighted.back()] = {policy.first_and_last_bits, policy.first_and_last_bits};
  for (const NodeRef output : network.outputs()) {
    if (const auto head = head_of(network, output))
      bits[*head] = {policy.first_and_last_bits, policy.first_and_last_bits};
  }
  bits[weighted.front()] = {policy.first_and_last_bits, policy.input_bits};
  for (const LayerOverride& o : policy.overrides) {
    bool matched = false;
    for (const std::size_t i : weighted) {
      if (!matches(o.pattern, network.nodes()[i].name)) continue;
      matched = true;
      if (o.weight_bits != 0) bits[i].weight = o.weight_bits;
      if (o.activation_bits != 0) bits[i].activation = o.activation_bits;
    }
    check(matched, "quantize: override '", o.pattern, "' matches no layer with weights");
  }
  return bits;
}

}  // namespace nibble
