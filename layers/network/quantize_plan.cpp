// The rules are in the header; this file follows their order: values, weights, demands, places.
#include "layers/network/quantize_plan.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "layers/network/bits_of_layers.h"

namespace nibble {
namespace {

// What is known of a node's values before training.
struct Values {
  bool non_negative = false;
  bool of_activation = false;  // the output of an activation function, perhaps moved or averaged
};

Values values_of(const Layer& layer, const std::vector<Values>& inputs) {
  const auto all = [&](bool Values::*property) {
    return std::all_of(inputs.begin(), inputs.end(), [&](const Values& v) { return v.*property; });
  };
  const auto as_inputs = [&] { return Values{all(&Values::non_negative), all(&Values::of_activation)}; };
  const auto sum_or_product = [&] { return Values{all(&Values::non_negative), false}; };
  return std::visit(overloaded{
                        [](const Activation& activation) {
                          const ActivationKind kind = activation.options.kind;
                          return Values{kind == ActivationKind::relu || kind == ActivationKind::relu6 ||
                                            kind == ActivationKind::sigmoid,
                                        true};
                        },
                        [&](const Add&) { return sum_or_product(); },
                        [&](const Multiply&) { return sum_or_product(); },
                        [&](const Concat&) { return as_inputs(); },
                        [&](const Pool&) { return as_inputs(); },
                        [&](const GlobalPool&) { return as_inputs(); },
                        [&](const ActivationQuantizer&) { return as_inputs(); },
                        // Of a layer that computes something else nothing is known.
                        [&](const auto&) { return keeps_grid(layer) ? as_inputs() : Values{}; },
                    },
                    layer);
}

// PACT's weights are DoReFa's; both clip activations at zero.
bool as_dorefa(QuantMethod method) { return method == QuantMethod::pact || method == QuantMethod::dorefa; }

QuantizerOptions activation_options(const Values& values, int bits, const QuantPolicy& policy) {
  const bool has_shift =
      policy.method == QuantMethod::learned_scale_shift || policy.method == QuantMethod::lsq_plus;
  bool is_signed = !has_shift && !values.non_negative;
  if (policy.activation_sign == Sign::is_signed) is_signed = true;
  if (policy.activation_sign == Sign::is_unsigned && values.of_activation) is_signed = false;
  return {.method = as_dorefa(policy.method) && is_signed ? QuantMethod::lsq : policy.method,
          .bits = bits,
          .is_signed = is_signed,
          .learn_shift = has_shift && !values.non_negative,
          .weight = false,
          .initialization = policy.activation_initialization,
          .percentile = policy.percentile,
          .gradient_scale = policy.gradient_scale};
}

QuantizerOptions weight_options(int bits, const QuantPolicy& policy) {
  return {.method = policy.method,
          .bits = bits,
          .is_signed = true,
          .learn_shift = false,
          .weight = true,
          .initialization = policy.weight_initialization,
          .percentile = policy.percentile,
          .gradient_scale = policy.gradient_scale};
}

bool is_language_model(const Network& network) {
  return std::any_of(network.nodes().begin(), network.nodes().end(),
                     [](const NetworkNode& node) { return std::holds_alternative<Embedding>(node.layer); });
}

// Whether a node is an output that the device leaves as codes: all that are named, but linear layers, which
// leave scores. A network that names no output is a classifier, or a part of a network, whose last node
// leaves what it computes.
bool leaves_codes(const Network& network, NodeRef node) {
  const std::vector<NodeRef> outputs = network.outputs();
  return network.names_outputs() && !std::holds_alternative<Linear>(network.node(node).layer) &&
         std::find(outputs.begin(), outputs.end(), node) != outputs.end();
}

// Rows of each of a layer's weights: output channels are the last axis of the output, but an embedding's rows
// are words, and a recurrent layer has several gates.
std::vector<long> rows_of_weights(const NetworkNode& node) {
  if (const auto* table = std::get_if<Embedding>(&node.layer)) return {table->options.vocabulary};
  if (const auto* recurrent = std::get_if<Recurrent>(&node.layer))
    return std::vector<long>(2, recurrent->bias.shape()[0]);
  return {node.shape.back()};
}

std::vector<PlannedWeight> plan_weights(const Network& network, const std::vector<LayerBits>& bits,
                                        const QuantPolicy& policy) {
  const bool per_channel = policy.weight_granularity == Granularity::channel && !as_dorefa(policy.method);
  std::vector<PlannedWeight> weights;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    if (bits[i].weight == 0) continue;
    const std::vector<long> rows = rows_of_weights(network.nodes()[i]);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      weights.push_back(
          {{static_cast<int>(i)}, k, weight_options(bits[i].weight, policy), per_channel ? rows[k] : 1});
    }
  }
  if (!is_language_model(network) && !leaves_codes(network, weights.back().node)) weights.back().scales = 1;
  return weights;
}

// In ascending priority: a quantizer in several places is named after the highest.
enum class Place { table, join, quant };

const char* name(Place place) {
  static constexpr const char* names[] = {"table", "join", "quant"};
  static_assert(std::size(names) == static_cast<std::size_t>(Place::quant) + 1);
  return names[static_cast<std::size_t>(place)];
}

constexpr NodeRef kCaller{-1};  // of the network

// What one reader asks of a signal.
struct Demand {
  NodeRef reader;
  int bits = 0;  // 0: any grid will do
  Place place = Place::quant;
};

// What node i asks of each of its inputs, if anything. (Layers that keep grids only pass on what is asked of
// them.)
std::optional<Demand> demand_of(const Network& network, std::size_t i, const LayerBits& bits,
                                const QuantPolicy& policy) {
  using Result = std::optional<Demand>;
  const NodeRef self{static_cast<int>(i)};
  const Result nothing;
  return std::visit(
      overloaded{
          [&](const Embedding&) { return nothing; },
          [&](const Activation& activation) {
            return activation.needs_table() ? Result({self, policy.table_bits, Place::table}) : nothing;
          },
          [&](const Add&) {
            return Result({self, policy.join_bits, Place::join});
          },
          [&](const Multiply&) {
            return Result({self, policy.join_bits, Place::join});
          },
          [&](const Pool& pool) {
            return pool.options.kind == PoolKind::average ? Result({self, 0, Place::join}) : nothing;
          },
          [&](const GlobalPool&) {
            return Result({self, 0, Place::join});
          },
          [&](const ActivationQuantizer&) -> Result {
            fail("quantize: node '", network.node(self).name, "' is a quantizer already");
          },
          // Products of codes need codes; other layers take what comes.
          [&](const auto&) {
            return has_weights(network.node(self).layer) ? Result({self, bits.activation, Place::quant})
                                                         : nothing;
          },
      },
      network.node(self).layer);
}

bool is_read_by_concat(const Network& network, std::size_t i) {
  const NodeRef self{static_cast<int>(i)};
  return std::any_of(network.nodes().begin() + static_cast<long>(i), network.nodes().end(),
                     [&](const NetworkNode& node) {
                       return std::holds_alternative<Concat>(node.layer) &&
                              std::find(node.inputs.begin(), node.inputs.end(), self) != node.inputs.end();
                     });
}

// Demands on one signal, by bits.
struct Group {
  int bits = 0;
  Place place = Place::table;
  std::vector<NodeRef> readers;
};

// Most bits first. Who takes any grid joins the first group.
std::vector<Group> grouped(const std::vector<Demand>& demands, int bits_if_nobody_asks) {
  std::set<int, std::greater<>> sizes;
  for (const Demand& demand : demands) {
    if (demand.bits != 0) sizes.insert(demand.bits);
  }
  if (sizes.empty()) sizes.insert(bits_if_nobody_asks);
  std::vector<Group> groups;
  for (const int bits : sizes) {
    Group group{.bits = bits, .place = Place::table, .readers = {}};
    for (const Demand& demand : demands) {
      const bool any = demand.bits == 0;
      if (any ? bits != *sizes.begin() : bits != demand.bits) continue;
      group.place = std::max(group.place, demand.place);
      if (demand.reader != kCaller &&
          std::find(group.readers.begin(), group.readers.end(), demand.reader) == group.readers.end()) {
        group.readers.push_back(demand.reader);
      }
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

// Meets the demands on every signal, from the last node to the first: a demand on a layer that keeps its grid
// becomes a demand on that layer's input.
std::vector<PlannedOutput> plan_outputs(const Network& network, const std::vector<LayerBits>& bits,
                                        const QuantPolicy& policy) {
  const auto& nodes = network.nodes();
  std::vector<Values> values;
  for (const NetworkNode& node : nodes) {
    std::vector<Values> inputs;
    for (const NodeRef input : node.inputs) inputs.push_back(values[static_cast<std::size_t>(input.index)]);
    values.push_back(values_of(node.layer, inputs));
  }

  std::vector<PlannedOutput> outputs;
  std::vector<std::vector<Demand>> demands(nodes.size());
  for (const NodeRef output : network.outputs()) {
    if (leaves_codes(network, output))
      demands[static_cast<std::size_t>(output.index)].push_back(
          {kCaller, policy.first_and_last_bits, Place::quant});
  }
  for (std::size_t i = nodes.size(); i-- > 0;) {
    const NetworkNode& node = nodes[i];
    const NodeRef self{static_cast<int>(i)};
    std::optional<Demand> of_inputs = demand_of(network, i, bits[i], policy);
    const bool own_grid = std::holds_alternative<Recurrent>(node.layer);
    if (!demands[i].empty() && !own_grid) {
      const std::vector<Group> groups = grouped(demands[i], policy.join_bits);
      PlannedOutput output{.producer = self, .shared = {}, .coarser = {}};
      std::set<std::string> taken;
      for (const Group& group : groups) {
        if (&group == &groups.front() && keeps_grid(node.layer)) {
          of_inputs = Demand{self, group.bits, group.place};
          continue;
        }
        std::string path = node.name + "/" + name(group.place);
        if (!taken.insert(path).second) path += std::to_string(group.bits);
        PlannedQuantizer quantizer{path, activation_options(values[i], group.bits, policy), group.readers};
        if (&group == &groups.front()) {
          output.shared = std::move(quantizer);
        } else {
          output.coarser.push_back(std::move(quantizer));
        }
      }
      if (output.shared || !output.coarser.empty()) outputs.push_back(std::move(output));
    }
    // The device moves codes only; a concatenation itself takes what comes, for the quantizer behind it.
    if (keeps_grid(node.layer) && demands[i].empty() && is_read_by_concat(network, i))
      of_inputs = Demand{self, 0, Place::join};
    if (of_inputs) {
      for (const NodeRef input : node.inputs)
        demands[static_cast<std::size_t>(input.index)].push_back(*of_inputs);
    }
  }
  std::reverse(outputs.begin(), outputs.end());
  return outputs;
}

}  // namespace

bool matches(const std::string& pattern, const std::string& text) {
  // On a mismatch, the last * takes one character more.
  std::size_t p = 0, t = 0, star = std::string::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p, ++t;
    } else if (star != std::string::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool matches_any(const std::string& patterns, const std::string& text) {
  constexpr const char* kBlank = " \t";
  std::size_t begin = 0;
  while (begin <= patterns.size()) {
    const std::size_t end = std::min(patterns.find(',', begin), patterns.size());
    const std::size_t first = std::min(patterns.find_first_not_of(kBlank, begin), end);
    const std::size_t last = patterns.find_last_not_of(kBlank, end - 1);
    if (first < end && matches(patterns.substr(first, last - first + 1), text)) return true;
    begin = end + 1;
  }
  return false;
}

QuantizationPlan plan_quantization(const Network& network, const QuantPolicy& policy) {
  check_policy(policy);
  const std::vector<LayerBits> bits = bits_of_layers(network, policy);
  std::vector<PlannedState> states;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    if (!std::holds_alternative<Recurrent>(network.nodes()[i].layer)) continue;
    states.push_back({{static_cast<int>(i)}, activation_options(Values{}, bits[i].activation, policy)});
  }
  return {plan_weights(network, bits, policy), plan_outputs(network, bits, policy), std::move(states)};
}

}  // namespace nibble
