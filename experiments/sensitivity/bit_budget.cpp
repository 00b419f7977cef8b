#include "experiments/sensitivity/bit_budget.h"

#include <algorithm>

#include "core/check.h"
#include "experiments/config/config.h"

namespace nibble {
namespace {

// From what a choice has to other bits.
struct StepUp {
  std::size_t choice = 0, to = 0;
  double worth = 0;  // noise that goes away for each bit and value
};

MeanBits mean_bits(const std::vector<const ProbedPart*>& chosen, const std::vector<int>& bits,
                   const Sensitivity& sensitivity, PartKind kind) {
  double sum = 0, values = 0, edge_sum = 0, edge_values = 0;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    values += static_cast<double>(chosen[i]->part.values);
    sum += static_cast<double>(chosen[i]->part.values) * bits[i];
  }
  for (const ProbedPart& probed : sensitivity.parts) {
    if (probed.part.kind != kind || !probed.part.edge) continue;
    edge_values += static_cast<double>(probed.part.values);
    edge_sum += static_cast<double>(probed.part.values) * probed.part.bits;
  }
  if (chosen.empty()) return {};
  return {sum / values, (sum + edge_sum) / (values + edge_values)};
}

LayerOverride& override_of(std::vector<LayerOverride>& overrides, const std::string& layer) {
  const auto found = std::ranges::find(overrides, layer, &LayerOverride::pattern);
  return found != overrides.end() ? *found : overrides.emplace_back(LayerOverride{.pattern = layer});
}

MeanBits propose_for(const Sensitivity& sensitivity, PartKind kind, double budget, BitProposal& proposal) {
  std::vector<const ProbedPart*> chosen;
  std::vector<BitChoice> choices;
  for (const ProbedPart& probed : sensitivity.parts) {
    if (probed.part.kind != kind || probed.part.edge) continue;
    chosen.push_back(&probed);
    choices.push_back({.values = probed.part.values, .noise = {}});
    for (const Deviation& deviation : probed.at) choices.back().noise.push_back(deviation.noise);
  }
  const std::vector<int> bits = choose_bits(choices, kProbedBits, budget);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    LayerOverride& own = override_of(proposal.overrides, chosen[i]->layer);
    (kind == PartKind::weight ? own.weight_bits : own.activation_bits) = bits[i];
    const auto at = static_cast<std::size_t>(std::ranges::find(kProbedBits, bits[i]) - kProbedBits.begin());
    proposal.noise += choices[i].noise[at];
  }
  return mean_bits(chosen, bits, sensitivity, kind);
}

}  // namespace

std::vector<int> choose_bits(const std::vector<BitChoice>& choices, std::span<const int> bits,
                             double budget) {
  double total = 0;
  for (const BitChoice& choice : choices) total += static_cast<double>(choice.values);
  double left = (budget - bits.front()) * total;
  const double rounding = 1e-9 * total;  // of a budget such as 2.3
  std::vector<std::size_t> at(choices.size(), 0);
  const auto cost = [&](const StepUp& step) {
    return static_cast<double>(choices[step.choice].values) * (bits[step.to] - bits[at[step.choice]]);
  };
  while (true) {
    StepUp best;
    for (std::size_t i = 0; i < choices.size(); ++i) {
      for (std::size_t to = at[i] + 1; to < bits.size(); ++to) {
        StepUp step{i, to};
        if (cost(step) > left + rounding) continue;
        step.worth = (choices[i].noise[at[i]] - choices[i].noise[to]) / cost(step);
        if (step.worth > best.worth) best = step;
      }
    }
    if (best.worth == 0) break;
    left -= cost(best);
    at[best.choice] = best.to;
  }
  std::vector<int> chosen;
  for (const std::size_t i : at) chosen.push_back(bits[i]);
  return chosen;
}

BitProposal propose_bits(const Sensitivity& sensitivity, double budget) {
  check(budget >= kProbedBits.front() && budget <= kProbedBits.back(), "sensitivity: found a budget of ",
        budget, " bits, expected from ", kProbedBits.front(), " to ", kProbedBits.back());
  BitProposal proposal;
  proposal.weights = propose_for(sensitivity, PartKind::weight, budget, proposal);
  proposal.activations = propose_for(sensitivity, PartKind::input, budget, proposal);
  check(
      !proposal.overrides.empty(),
      "sensitivity: found no layer with weights between the first and the last, expected one whose bits can "
      "be chosen");
  return proposal;
}

std::vector<std::string> override_values(const std::vector<LayerOverride>& overrides) {
  ExperimentConfig config;
  Options options;
  describe(options, config);
  config.quant.overrides = overrides;
  return options.find("quant.override")->print();
}

}  // namespace nibble
