#include "experiments/reconstruct/small_steps.h"

#include <cmath>
#include <numbers>
#include <numeric>

namespace nibble {

std::vector<long> draw_rows(long rows, long batch, Rng rng) {
  std::vector<long> all(static_cast<std::size_t>(rows));
  std::iota(all.begin(), all.end(), 0);
  for (long i = 0; i < batch; ++i) {
    const auto at = static_cast<std::size_t>(i);
    std::swap(all[at], all[at + rng.below(static_cast<std::uint64_t>(rows - i))]);
  }
  all.resize(static_cast<std::size_t>(batch));
  return all;
}

OptimizerOptions adam(double quantizers, double norms) {
  OptimizerOptions options;
  options.weight = {.kind = OptimizerKind::adamw};
  options.norm = {.kind = OptimizerKind::adamw, .learning_rate = norms};
  options.quantizer = {.kind = OptimizerKind::adamw, .learning_rate = quantizers};
  return options;
}

std::vector<NamedParameter> small_parameters(Network& network) {
  std::vector<NamedParameter> found;
  network.parameters([&](const std::string& name, ParameterKind kind, Var& value) {
    if (kind == ParameterKind::weight || kind == ParameterKind::statistic) return;
    if (value.wants_gradient() && name.find("weight_quantizer/") == std::string::npos)
      found.push_back({name, kind, value});
  });
  return found;
}

double falling(long step, long steps) {
  return (1 + std::cos(std::numbers::pi * static_cast<double>(step) / static_cast<double>(steps))) / 2;
}

}  // namespace nibble
