#pragma once

#include "quant/grids/positive.h"
#include "quant/grids/quantized.h"
#include "quant/grids/quantizer_options.h"

namespace nibble {

/// One tensor's grid, real = scale · code + shift, learned with the task: ours, LSQ (arXiv 1902.08153, no
/// shift) and LSQ+ (arXiv 2004.09576). They differ in their options only: the first values (initialization),
/// whether a shift is learned, and the factor g on both gradients (gradient_scale).
///
/// Gradients are those of fake_quantize, times g; the scale stays positive by the way it is stored, without
/// changing the published step (positive.h). The shift is a real number, not a multiple of
/// the scale: on an integer zero-point it would cost 0.3 to 1.8 dB at 4 bits (docs/quantizer-math.md).
class LearnedScaleShift {
 public:
  /// channels: number of scales, 1 or the leading extent of a weight. A shift is one for the whole tensor.
  LearnedScaleShift(const QuantizerOptions& options, long channels);

  void initialize(const Tensor& sample);
  bool initialized() const;
  Quantized operator()(const Var& x) const;
  /// The grid that a tensor of this shape is put on, gradients damped as its size asks for.
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
  Var initialized_;  // [1]: 1 once the scale is set; saved, so that a checkpoint brings it back
};

}  // namespace nibble
