#include "experiments/training/quantizer_monitor.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace nibble {
namespace {

double mean(const std::vector<Real>& values) {
  double total = 0;
  for (const Real v : values) total += static_cast<double>(v);
  return total / static_cast<double>(values.size());
}

QuantizerState weight_state(const Quantizer& quantizer, const Tensor& weight) {
  const IntegerWeight codes = integer_weight(quantizer, weight);
  QuantizerState state;
  state.scale = mean(codes.scale);
  const auto [lowest, highest] = std::minmax_element(codes.codes.begin(), codes.codes.end());
  state.lo = *lowest;
  state.counts.assign(static_cast<std::size_t>(*highest - *lowest + 1), 0);
  for (const int code : codes.codes) ++state.counts[static_cast<std::size_t>(code - state.lo)];
  return state;
}

QuantizerState activation_state(const AffineGrid& grid, const Tensor& values) {
  QuantizerState state;
  state.scale = static_cast<double>(grid.scale);
  state.shift = static_cast<double>(grid.shift);
  state.lo = grid.grid.lo;
  state.counts.assign(static_cast<std::size_t>(grid.grid.levels()), 0);
  for (const Real v : values) {
    if (std::isfinite(v)) ++state.counts[static_cast<std::size_t>(grid.code(v) - grid.grid.lo)];
  }
  return state;
}

// Most layers have one weight; of several, each has its name.
std::string weight_name(const Layer& layer, std::size_t index) {
  if (!std::holds_alternative<Recurrent>(layer)) return "/weight";
  return index == 0 ? "/input/weight" : "/recurrent/weight";
}

bool finite(const Tensor& values) {
  return std::all_of(values.begin(), values.end(), [](Real v) { return std::isfinite(v); });
}

}  // namespace

std::map<std::string, QuantizerState> observe_quantizers(Network& network, const Tensor& sample,
                                                         long sequences) {
  std::map<std::string, QuantizerState> states;
  for (NetworkNode& node : network.nodes()) {
    const std::vector<Weights> found = weights(node.layer);
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (!*found[i].quantizer) continue;
      states[node.name + weight_name(node.layer, i)] =
          weight_state(**found[i].quantizer, found[i].weight.value());
    }
  }
  const NoGradient evaluation_only;
  Pass pass;
  pass.sequences = sequences;
  network.forward(sample, pass, [&](const NetworkNode& node, const Signal& output) {
    if (const auto* layer = std::get_if<ActivationQuantizer>(&node.layer)) {
      states[node.name] = activation_state(affine(layer->quantizer), output.value.value());
    } else if (const auto* recurrent = std::get_if<Recurrent>(&node.layer);
               recurrent && recurrent->hidden_quantizer) {
      states[node.name + "/hidden"] =
          activation_state(affine(*recurrent->hidden_quantizer), output.value.value());
    }
  });
  return states;
}

std::vector<std::string> find_faults(const std::map<std::string, QuantizerState>& states) {
  std::vector<std::string> faults;
  for (const auto& [name, state] : states) {
    if (!std::isfinite(state.scale) || !std::isfinite(state.shift)) {
      faults.push_back(str("quantizer '", name, "': scale ", state.scale, " and shift ", state.shift,
                           " where finite numbers are expected"));
      continue;
    }
    const auto used = std::count_if(state.counts.begin(), state.counts.end(), [](long n) { return n > 0; });
    if (used > 1) continue;
    const auto code =
        std::max_element(state.counts.begin(), state.counts.end()) - state.counts.begin() + state.lo;
    faults.push_back(str("quantizer '", name, "' is dead: all values have code ", code, " (scale ",
                         state.scale, ", shift ", state.shift, ")"));
  }
  return faults;
}

std::string find_non_finite(Network& network, const Tensor& batch, long sequences) {
  std::string fault;
  network.parameters([&](const std::string& path, ParameterKind kind, Var& parameter) {
    if (fault.empty() && !finite(parameter.value())) fault = str(name(kind), " '", path, "' is not finite");
  });
  if (!fault.empty()) return fault;
  const NoGradient evaluation_only;
  Pass pass;
  pass.sequences = sequences;
  network.forward(batch, pass, [&](const NetworkNode& node, const Signal& output) {
    if (fault.empty() && !finite(output.value.value()))
      fault = str("the output of node '", node.name, "' is not finite");
  });
  return fault.empty() ? "every parameter and every output in evaluation mode is finite" : fault;
}

}  // namespace nibble
