#include "layers/activation.h"

#include <algorithm>
#include <cmath>

#include "autograd/ops/activation.h"
#include "layers/check_inputs.h"

namespace nibble {

Activation::Activation(const ActivationOptions& o, std::span<const Shape> inputs, Rng) : options(o) {
  only_input(inputs, name(o.kind));
  check(o.slope >= 0 && o.slope < 1, name(o.kind), ": found slope ", o.slope, ", expected 0 <= slope < 1");
}

Shape Activation::output_shape(std::span<const Shape> inputs) const {
  return only_input(inputs, name(options.kind));
}

Signal Activation::forward(std::span<const Signal> inputs, const Pass&) const {
  return {activation(inputs[0].value, options.kind, static_cast<Real>(options.slope))};
}

double Activation::evaluate(double x) const {
  const auto hard_sigmoid = [](double v) { return std::clamp(v + 3, 0.0, 6.0) / 6; };
  switch (options.kind) {
    case ActivationKind::relu:
      return std::max(x, 0.0);
    case ActivationKind::relu6:
      return std::clamp(x, 0.0, 6.0);
    case ActivationKind::leaky_relu:
      return x < 0 ? options.slope * x : x;
    case ActivationKind::sigmoid:
      return 1 / (1 + std::exp(-x));
    case ActivationKind::tanh:
      return std::tanh(x);
    case ActivationKind::swish:
      return x / (1 + std::exp(-x));
    case ActivationKind::hard_swish:
      return x * hard_sigmoid(x);
    // ln(1 + eˣ) without overflow for large x
    case ActivationKind::mish:
      return x * std::tanh(std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))));
  }
  fail("activation: unknown kind ", static_cast<int>(options.kind));
}

bool Activation::needs_table() const {
  switch (options.kind) {
    case ActivationKind::relu:
    case ActivationKind::relu6:
    case ActivationKind::leaky_relu:
      return false;
    case ActivationKind::sigmoid:
    case ActivationKind::tanh:
    case ActivationKind::swish:
    case ActivationKind::hard_swish:
    case ActivationKind::mish:
      return true;
  }
  fail("activation: unknown kind ", static_cast<int>(options.kind));
}

}  // namespace nibble
