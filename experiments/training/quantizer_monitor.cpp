#include "experiments/training/quantizer_monitor.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace nibble {
namespace {

double mean(const std::vector<double>& values) {
  double total = 0;
  for (const double v : values) total += v;
  return total / static_cast<double>(values.size());
}

QuantizerState weight_state(const Quantizer& quantizer, const Tensor& weight) {
  const IntegerWeight codes = integer_weight(quantizer, weight);
  QuantizerState state;
  state.scale.assign(codes.scale.begin(), codes.scale.end());
  state.shift.assign(state.scale.size(), 0);
  const auto [lowest, highest] = std::minmax_element(codes.codes.begin(), codes.codes.end());
  state.codes.lo = *lowest;
  state.codes.counts.assign(static_cast<std::size_t>(*highest - *lowest + 1), 0);
  for (const int code : codes.codes) ++state.codes.counts[static_cast<std::size_t>(code - state.codes.lo)];
  return state;
}

QuantizerState activation_state(const AffineGrid& grid, const Tensor& values) {
  QuantizerState state;
  state.scale = {static_cast<double>(grid.scale)};
  state.shift = {static_cast<double>(grid.shift)};
  state.codes.lo = grid.grid.lo;
  state.codes.counts.assign(static_cast<std::size_t>(grid.grid.levels()), 0);
  for (const Real v : values) {
    if (std::isfinite(v)) ++state.codes.counts[static_cast<std::size_t>(grid.code(v) - grid.grid.lo)];
  }
  return state;
}

bool finite(const Tensor& values) {
  return std::all_of(values.begin(), values.end(), [](Real v) { return std::isfinite(v); });
}

}  // namespace

// Most layers have one weight; of several, each has its name.
std::string weight_path(const NetworkNode& node, std::size_t index) {
  if (!std::holds_alternative<Recurrent>(node.layer)) return node.name + "/weight";
  return node.name + (index == 0 ? "/input/weight" : "/recurrent/weight");
}

std::map<std::string, QuantizerState> observe_quantizers(Network& network, const Tensor& sample,
                                                         long sequences) {
  std::map<std::string, QuantizerState> states;
  for (NetworkNode& node : network.nodes()) {
    const std::vector<Weights> found = weights(node.layer);
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (!*found[i].quantizer) continue;
      states[weight_path(node, i)] = weight_state(**found[i].quantizer, found[i].weight.value());
    }
  }
  const NoGradient evaluation_only;
  Pass pass;
  pass.sequences = sequences;
  network.forward_outputs(sample, pass, [&](const NetworkNode& node, const Signal& output) {
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
    const double scale = mean(state.scale), shift = mean(state.shift);
    if (!std::isfinite(scale) || !std::isfinite(shift)) {
      faults.push_back(str("quantizer '", name, "': scale ", scale, " and shift ", shift,
                           " where finite numbers are expected"));
      continue;
    }
    const std::vector<long>& counts = state.codes.counts;
    if (std::count_if(counts.begin(), counts.end(), [](long n) { return n > 0; }) > 1) continue;
    const auto code = std::max_element(counts.begin(), counts.end()) - counts.begin() + state.codes.lo;
    faults.push_back(str("quantizer '", name, "' is dead: all values have code ", code, " (scale ", scale,
                         ", shift ", shift, ")"));
  }
  return faults;
}

std::vector<std::string> find_runaway_scales(Network& network) {
  constexpr double kFurthest = 1000;
  std::vector<std::string> faults;
  network.parameters([&](const std::string& path, ParameterKind kind, Var& parameter) {
    const std::size_t at = path.find("/relative_");  // quant/grids/positive.h: ρ of each channel
    if (kind != ParameterKind::quantizer || at == std::string::npos) return;
    const Tensor& rho = parameter.value();
    const auto [low, high] = std::minmax_element(rho.begin(), rho.end());
    const std::string who = str("quantizer '", path.substr(0, at), "'");
    const std::string what = path.substr(at + std::string("/relative_").size());
    if (*low < -std::log(kFurthest))
      faults.push_back(str(who, " has collapsed: its ", what, " is e^", *low,
                           " of its first value; a lower train.quantizer_learning_rate may help"));
    if (*high > kFurthest - 1)
      faults.push_back(str(who, " runs away: its ", what, " is ", 1 + static_cast<double>(*high),
                           " times its first value; a lower train.quantizer_learning_rate may help"));
  });
  return faults;
}

std::string find_non_finite_parameter(Network& network) {
  std::string fault;
  network.parameters([&](const std::string& path, ParameterKind kind, Var& parameter) {
    if (fault.empty() && !finite(parameter.value())) fault = str(name(kind), " '", path, "' is not finite");
  });
  return fault;
}

std::string find_non_finite_gradient(Network& network) {
  std::string fault;
  network.parameters([&](const std::string& path, ParameterKind kind, Var& parameter) {
    if (!finite(parameter.gradient()))
      fault = str("; nearest to the loss, the gradient of ", name(kind), " '", path, "' is not finite");
  });
  return fault;
}

std::string find_non_finite(Network& network, const Tensor& batch, long sequences) {
  std::string fault = find_non_finite_parameter(network);
  if (!fault.empty()) return fault;
  const NoGradient evaluation_only;
  Pass pass;
  pass.sequences = sequences;
  network.forward_outputs(batch, pass, [&](const NetworkNode& node, const Signal& output) {
    if (fault.empty() && !finite(output.value.value()))
      fault = str("the output of node '", node.name, "' is not finite");
  });
  return fault.empty() ? "every parameter and every output in evaluation mode is finite" : fault;
}

}  // namespace nibble
