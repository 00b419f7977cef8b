#pragma once

#include <span>

#include "core/kernels/pointwise/activation.h"
#include "core/random.h"
#include "layers/signal.h"

namespace nibble {

const char* name(ActivationKind kind);

struct ActivationOptions {
  ActivationKind kind = ActivationKind::relu;
  double slope = 0.1;  // of leaky_relu below zero
};

struct Activation {
  using Options = ActivationOptions;
  ActivationOptions options;

  Activation(const ActivationOptions& options, std::span<const Shape> inputs, Rng rng);
  Shape output_shape(std::span<const Shape> inputs) const;
  Signal forward(std::span<const Signal> inputs, const Pass&) const;
  void parameters(const ParameterFn&) {}
  const char* kind() const { return name(options.kind); }

  /// True if the device computes it through a table of codes, whose input must lie on a grid. The others are
  /// clamps (relu, relu6) or a second multiplier (leaky_relu) of the requantization in front.
  bool needs_table() const;
};

}  // namespace nibble
