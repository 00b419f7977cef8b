#pragma once

#include "quant/grids/positive.h"
#include "quant/grids/quantized.h"
#include "quant/grids/quantizer_options.h"

namespace nibble {

/// The grid of one tensor, real = scale · code + shift, learned with the task. This is the project's own
/// method, LSQ (arXiv 1902.08153, no shift) and LSQ+ (arXiv 2004.09576). They differ only in their options:
/// the first values (initialization), whether a shift is learned, and the factor g on both gradients
/// (gradient_scale).
///
/// Gradients are those of fake_quantize, times g. The stored form of the scale keeps it positive without
/// changing the published step (quant/grids/positive.h). The shift is a real number, not a multiple of the
/// scale: an integer zero-point would cost 0.3 to 1.8 dB at 4 bits (docs/quantizer-math.md).
class LearnedScaleShift {
 public:
  /// channels: the number of scales, 1 or the leading extent of a weight. There is one shift for the whole
  /// tensor.
  LearnedScaleShift(const QuantizerOptions& options, long channels);

  void initialize(const Tensor& sample);
  bool initialized() const;
  Quantized operator()(const Var& x) const;
  /// The grid for a tensor of this shape. Its gradients are multiplied by gradient_factor.
  LiveGrid live_grid(const Shape& x) const;
  AffineGrid affine() const;
  IntegerWeight integer_weight(const Tensor& w) const;
  void parameters(const ParameterFn& visit);
  const QuantizerOptions& options() const { return options_; }

 private:
  /// g of a tensor of this shape.
  double gradient_factor(const Shape& x) const;

  QuantizerOptions options_;
  Grid grid_;
  Positive scale_;   // [channels]
  Var shift_;        // [1], or empty
  Var initialized_;  // [1]: 1 after the scale has been set; saved in checkpoints
};

}  // namespace nibble
