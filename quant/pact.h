#pragma once

#include "quant/quantized.h"
#include "quant/quantizer_options.h"

namespace nibble {

/// PACT (Choi et al. 2018, arXiv 1805.06085): activations clipped to [0, α] and rounded to hi steps; α is
/// learned from the clipped elements alone (eq. 3):   dx = dy for 0 < x < α, else 0      dα = Σ dy over x ≥ α
/// α is stored as its logarithm with dlog α = dα / α, which keeps it positive and the published step to first
/// order. It starts at the highest value of the sample. The paper's L2 on α is the optimizer's weight decay
/// for quantizers.
class Pact {
 public:
  explicit Pact(const QuantizerOptions& options);

  void initialize(const Tensor& sample);
  bool initialized() const;
  Quantized operator()(const Var& x) const;
  AffineGrid affine() const;
  WeightCodes weight_codes(const Tensor& w) const;  // refuses: PACT is for activations
  void parameters(const ParameterFn& visit);
  const QuantizerOptions& options() const { return options_; }

 private:
  QuantizerOptions options_;
  Grid grid_;
  Var log_clip_;     // [1]
  Var initialized_;  // [1]
};

}  // namespace nibble
