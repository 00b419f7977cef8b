#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "autograd/ops/elementwise.h"
#include "autograd/var.h"
#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"

namespace nibble {

// Gradients against central differences. Only the double build is accurate enough: with steps of 1e-5 the
// rounding of float would drown the difference.
static_assert(std::is_same_v<Real, double>, "link gradient checks with the double build, nibble_x_f64");

using Op = std::function<Var(const std::vector<Var>&)>;

/// A parameter for tests of shapes: zeros.
inline Var leaf(const Shape& shape) { return Var(Tensor(shape), true); }

inline std::vector<Var> leaves(const std::vector<Tensor>& values) {
  std::vector<Var> vars;
  for (const Tensor& value : values) vars.emplace_back(value.clone(), true);
  return vars;
}

/// Checks d/dx Σ r · op(x) for every element of every input, r being a fixed random vector; and that the
/// gradients of two uses of the same inputs add up. `op` must be a pure function: it is called many times.
/// Inputs must lie further than 1e-5 from kinks.
inline void check_gradients(const std::string& what, const Op& op, const std::vector<Tensor>& inputs) {
  constexpr double step = 1e-5, tolerance = 1e-6;
  const std::vector<Var> used_once = leaves(inputs);
  const Var y = op(used_once);
  const Tensor contraction = uniform(y.shape(), 12345);
  backward(y, contraction);

  const auto contracted = [&](const std::vector<Var>& x) {
    const NoGradient forward_only;
    const Tensor value = op(x).value();
    double sum = 0;
    for (long i = 0; i < value.size(); ++i) sum += contraction[i] * value[i];
    return sum;
  };
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    std::vector<Var> moved = leaves(inputs);
    Tensor& x = moved[k].mutable_value();
    Tensor numeric(inputs[k].shape());
    for (long i = 0; i < x.size(); ++i) {
      const double center = x[i];
      x[i] = center + step;
      const double above = contracted(moved);
      x[i] = center - step;
      const double below = contracted(moved);
      x[i] = center;
      numeric[i] = (above - below) / (2 * step);
    }
    const std::string name = str(what, ", input ", k, " of shape ", inputs[k].shape());
    INFO(name);
    REQUIRE_FALSE(used_once[k].gradient().empty());
    check_close(name, used_once[k].gradient(), numeric, tolerance);
  }

  const std::vector<Var> used_twice = leaves(inputs);
  backward(add(op(used_twice), op(used_twice)), contraction);
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    Tensor doubled = used_once[k].gradient().clone();
    for (Real& value : doubled) value *= 2;
    check_close(str(what, ", input ", k, " used twice"), used_twice[k].gradient(), doubled, 1e-14);
  }
}

}  // namespace nibble
