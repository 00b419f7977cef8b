#pragma once

#include <optional>
#include <span>

#include "core/random.h"
#include "layers/signal.h"
#include "layers/weights.h"
#include "quant/quantizer.h"

namespace nibble {

struct LinearOptions {
  int out_features = 0;
  bool bias = true;
  double first_weights = 0;  // drawn evenly from ± this; 0: from N(0, 2 / fan-in)
};

/// y = x Wᵀ + b over the last axis; images must be flattened first.
struct Linear {
  using Options = LinearOptions;
  LinearOptions options;
  Var weight;  // [O, I]
  Var bias;    // [O], or empty
  std::optional<Quantizer> weight_quantizer;
  bool tied = false;  // the weight belongs to another layer, which saves and trains it

  /// Unless told otherwise, weights from N(0, 2 / fan-in), bias 0, as akamaster's CIFAR nets (torch's
  /// kaiming_normal_).
  Linear(const LinearOptions& options, std::span<const Shape> inputs, Rng rng);
  Shape output_shape(std::span<const Shape> inputs) const;
  Signal forward(std::span<const Signal> inputs, const Pass&) const;
  void parameters(const ParameterFn& visit);
  static const char* kind() { return "linear"; }
  std::vector<Weights> weights() { return {{weight, &weight_quantizer}}; }
};

}  // namespace nibble
