#pragma once

#include "quant/grids/quantized.h"
#include "quant/grids/quantizer_options.h"

namespace nibble {

// DoReFa (Zhou et al. 2016, arXiv 1606.06160): the quantizer learns nothing.

/// Equation 9 of the paper:
///   ŵ = 2 · round_k(tanh(w) / (2 max|tanh w|) + ½) − 1      round_k(r) = ⌊(2^b − 1) r + ½⌋ / (2^b − 1)
/// The levels are the odd multiples of 1 / (2^b − 1). The codes are 2q − (2^b − 1) for q = 0 ... 2^b − 1: one
/// bit wider than b, and none of them is zero. At 8 bits those would not fit a byte on the device. There is
/// one level less, 2^b − 2 instead of 2^b − 1 steps, so that the levels are the multiples of 1 / 127 and the
/// codes q − 127. The gradient passes straight through the rounding. tanh and the division are
/// differentiated, and the maximum counts as a constant.
class DorefaWeight {
 public:
  explicit DorefaWeight(const QuantizerOptions& options) : options_(options) {}

  void initialize(const Tensor&) {}
  bool initialized() const { return true; }
  Quantized operator()(const Var& w) const;
  AffineGrid affine() const;
  IntegerWeight integer_weight(const Tensor& w) const;
  void parameters(const ParameterFn&) {}
  const QuantizerOptions& options() const { return options_; }

 private:
  QuantizerOptions options_;
};

/// x̂ = round_k(clamp(x, 0, 1))
class DorefaActivation {
 public:
  explicit DorefaActivation(const QuantizerOptions& options) : options_(options) {}

  void initialize(const Tensor&) {}
  bool initialized() const { return true; }
  Quantized operator()(const Var& x) const;
  LiveGrid live_grid() const;
  AffineGrid affine() const;
  IntegerWeight integer_weight(const Tensor& w) const;  // refuses
  void parameters(const ParameterFn&) {}
  const QuantizerOptions& options() const { return options_; }

 private:
  QuantizerOptions options_;
};

}  // namespace nibble
