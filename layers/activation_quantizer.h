#pragma once

#include <span>

#include "core/random.h"
#include "layers/signal.h"
#include "quant/quantizer.h"

namespace nibble {

/// A quantizer as a node: its output lies on a grid. Inserted by quantize(), never written by a model's
/// author.
struct ActivationQuantizer {
  using Options = QuantizerOptions;
  Quantizer quantizer;

  ActivationQuantizer(const QuantizerOptions& options, std::span<const Shape> inputs, Rng rng);
  Shape output_shape(std::span<const Shape> inputs) const;
  Signal forward(std::span<const Signal> inputs, const Pass&);
  void parameters(const ParameterFn& visit);
  static const char* kind() { return "quantizer"; }
};

}  // namespace nibble
