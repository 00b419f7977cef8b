#pragma once

#include <optional>
#include <span>

#include "core/random.h"
#include "layers/signal.h"
#include "quant/quantizer.h"

namespace nibble {

struct LinearOptions {
  int out_features = 0;
  bool bias = true;
};

/// y = x Wᵀ + b over the last axis; images must be flattened first.
struct Linear {
  LinearOptions options;
  Var weight;  // [O, I]
  Var bias;    // [O], or empty
  std::optional<Quantizer> weight_quantizer;

  /// Weights from N(0, 2 / fan-in), bias 0, as akamaster's CIFAR nets (torch's kaiming_normal_).
  Linear(const LinearOptions& options, std::span<const Shape> inputs, Rng rng);
  Shape output_shape(std::span<const Shape> inputs) const;
  Signal forward(std::span<const Signal> inputs, const Pass&) const;
  void parameters(const ParameterFn& visit);
};

}  // namespace nibble
