#include "layers/activation.h"

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
