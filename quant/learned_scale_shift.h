#pragma once

#include "quant/quantized.h"
#include "quant/quantizer_options.h"

namespace nibble {

/// One tensor's grid, real = scale · code + shift, learned with the task: ours, LSQ (no shift) and LSQ+.
///
/// What is stored is log scale, so the scale is positive whatever an optimizer does; LSQ's raw scale can turn
/// negative and end a training. To keep LSQ's step all the same, the gradient of log s is g · ds / s: then to
/// first order Δs = s · Δ(log s) = −η g ds, the published update. g is the factor of GradientScale.
class LearnedScaleShift {
 public:
  LearnedScaleShift(const QuantizerOptions& options, long channels);

  void initialize(const Tensor& sample);
  bool initialized() const;
  Quantized operator()(const Var& x) const;
  AffineGrid affine() const;
  WeightCodes weight_codes(const Tensor& w) const;
  void parameters(const ParameterFn& visit);
  const QuantizerOptions& options() const { return options_; }

 private:
  double gradient_factor(const Shape& x) const;

  QuantizerOptions options_;
  Grid grid_;
  Var log_scale_;    // [channels]
  Var shift_;        // [1], or empty
  Var initialized_;  // [1]: 1 once the scale is set; saved, so that a checkpoint brings it back
};

}  // namespace nibble
