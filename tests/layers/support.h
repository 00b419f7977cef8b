#pragma once

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "core/random.h"
#include "layers/network/network.h"
#include "quant/policy.h"

namespace nibble {

/// Uniform in [low, high), from a fixed seed.
inline Tensor random_tensor(const Shape& shape, std::uint64_t seed = 1, float low = -1, float high = 1) {
  Rng rng(seed);
  Tensor x = Tensor::uninitialized(shape);
  for (Real& value : x) value = rng.uniform(low, high);
  return x;
}

inline std::vector<Real> values(const Tensor& x) { return {x.begin(), x.end()}; }

/// The output in evaluation.
inline std::vector<Real> evaluated(Network& net, const Tensor& x) {
  const NoGradient evaluation;
  return values(net.forward(x, {}).value());
}

/// The default policy with a method.
inline QuantPolicy policy(QuantMethod method) {
  QuantPolicy result;
  result.method = method;
  return result;
}

/// Every parameter and statistic by path.
inline std::map<std::string, Tensor> state(Network& net) {
  std::map<std::string, Tensor> all;
  net.parameters(
      [&](const std::string& name, ParameterKind, Var& value) { all[name] = value.value().clone(); });
  return all;
}

/// L = ½ Σ y² of one training pass; the gradients stay in the parameters. Dropout draws the same mask each
/// time.
inline double loss_with_gradients(Network& net, const Tensor& x) {
  net.parameters([](const std::string&, ParameterKind, Var& value) { value.clear_gradient(); });
  Rng rng(7);
  const Var y = net.forward(x, {.training = true, .initialize = false, .rng = &rng});
  backward(y, y.value());  // dL/dy = y
  double loss = 0;
  for (const Real v : y.value()) loss += 0.5 * static_cast<double>(v) * static_cast<double>(v);
  return loss;
}

/// One step downhill that would lower a linear loss by a tenth.
inline void descend(Network& net, double loss) {
  double squared = 0;
  net.parameters([&](const std::string&, ParameterKind, Var& value) {
    if (value.gradient().empty()) return;
    for (const Real g : value.gradient()) squared += static_cast<double>(g) * static_cast<double>(g);
  });
  const Real rate = static_cast<Real>(0.1 * loss / squared);
  net.parameters([&](const std::string&, ParameterKind, Var& value) {
    if (value.gradient().empty()) return;
    for (long i = 0; i < value.value().size(); ++i) value.mutable_value()[i] -= rate * value.gradient()[i];
  });
}

}  // namespace nibble
