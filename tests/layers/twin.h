#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <type_traits>

#include "tests/layers/support.h"

namespace nibble {

constexpr bool kDouble = std::is_same_v<Real, double>;

/// A network to be walked as planned and as its slow twin (Pass::plain), node by node and in real numbers.
struct TwinCase {
  std::string what;
  std::function<Network()> make;  // equal networks
  Tensor x;
  bool quantized = false;
  long sequences = 0;
};

struct TwinWalk {
  Tensor y;
  std::map<std::string, Tensor> gradients, state;
};

inline TwinWalk walk(const TwinCase& twin, bool training, bool plain) {
  Network net = twin.make();
  Rng rng(1);
  Pass pass;
  pass.training = training;
  pass.rng = &rng;
  pass.plain = plain;
  pass.sequences = twin.sequences;
  TwinWalk result;
  const Var y = net.forward(twin.x, pass);
  result.y = y.value();
  backward(y, random_tensor(y.shape(), 5));
  net.parameters([&](const std::string& name, ParameterKind, Var& value) {
    if (!value.gradient().empty()) result.gradients[name] = value.gradient();
  });
  result.state = state(net);
  return result;
}

/// √(Σ (a − b)² / Σ b²)
inline double relative_distance(const Tensor& a, const Tensor& b) {
  double difference = 0, size = 1e-30;
  for (long i = 0; i < a.size(); ++i) {
    difference += std::pow(static_cast<double>(a[i] - b[i]), 2);
    size += std::pow(static_cast<double>(b[i]), 2);
  }
  return std::sqrt(difference / size);
}

/// Values, all gradients and all statistics of both walks. In float a sum at a rounding border may fall to
/// either side, and the difference travels on; gradients of scales and shifts, small differences of large
/// sums, feel it most. Double decides.
inline void compare_twins(const TwinCase& twin, bool training) {
  CAPTURE(twin.what, training);
  const TwinWalk planned = walk(twin, training, false), plain = walk(twin, training, true);
  const bool exact = kDouble || !twin.quantized;
  const double tolerance = kDouble ? 1e-8 : twin.quantized ? 0.05 : 1e-4;
  CHECK(relative_distance(planned.y, plain.y) < tolerance);
  REQUIRE(planned.gradients.size() == plain.gradients.size());
  for (const auto& [name, gradient] : plain.gradients) {
    CAPTURE(name);
    const bool learned_grid =
        name.find("scale") != std::string::npos || name.find("shift") != std::string::npos;
    if (exact || !learned_grid)
      CHECK(relative_distance(planned.gradients.at(name), gradient) < 3 * tolerance);
  }
  for (const auto& [name, value] : plain.state)
    CHECK(relative_distance(planned.state.at(name), value) < 1e-2);
}

/// Moves norms and biases off their first values. A new norm only scales, and a sum of products of codes is
/// often exactly zero: on ReLU's kink, where the last bit of the sum decides.
inline void move_biases(Network& net) {
  Rng rng(4);
  net.parameters([&](const std::string&, ParameterKind kind, Var& value) {
    if (kind != ParameterKind::norm && kind != ParameterKind::bias) return;
    for (Real& v : value.mutable_value()) v += rng.uniform(-0.1F, 0.1F);
  });
}

}  // namespace nibble
