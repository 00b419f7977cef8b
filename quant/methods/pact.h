#pragma once

#include "quant/grids/positive.h"
#include "quant/grids/quantized.h"
#include "quant/grids/quantizer_options.h"

namespace nibble {

/// PACT (Choi et al. 2018, arXiv 1805.06085): activations clipped to [0, α] and rounded to hi steps,
///   x̂ = (α / hi) ⌊clamp(x hi / α, 0, hi) + ½⌋,   dx = dy for 0 < x < α, else 0,   dα = Σ dy over x ≥ α  (eq.
///   3)
/// so α learns from the clipped elements alone. It stays positive by the way it is stored (positive.h).
///
/// The paper starts α at 10, trains from scratch, and lets an L2 penalty pull it down. Here α starts where
/// the data end, as options.initialization sees it (least squared error if nothing else is asked, min_max is
/// the closest to the paper), since fine-tuning is short. The penalty is the optimizer's weight decay of
/// quantizer parameters; as it acts on what positive.h stores, it pulls α to its first value instead of 0.
class Pact {
 public:
  explicit Pact(const QuantizerOptions& options);

  void initialize(const Tensor& sample);
  bool initialized() const;
  Quantized operator()(const Var& x) const;
  AffineGrid affine() const;
  IntegerWeight integer_weight(const Tensor& w) const;  // refuses: PACT is for activations
  void parameters(const ParameterFn& visit);
  const QuantizerOptions& options() const { return options_; }

 private:
  QuantizerOptions options_;
  Grid grid_;
  Positive clip_;    // [1]
  Var initialized_;  // [1]
};

}  // namespace nibble
