#pragma once

#include "quant/grids/positive.h"
#include "quant/grids/quantized.h"
#include "quant/grids/quantizer_options.h"

namespace nibble {

/// PACT (Choi et al. 2018, arXiv 1805.06085, eq. 3): activations are clipped to [0, α] and rounded to hi
/// steps.
///   x̂ = (α / hi) ⌊clamp(x hi / α, 0, hi) + ½⌋
///   dx = dy for 0 < x < α, else 0      dα = Σ dy over x ≥ α
/// So α learns only from the clipped elements. Its stored form keeps it positive (quant/grids/positive.h).
///
/// The paper starts with α = 10, trains from scratch, and lets an L2 penalty reduce α. Here fine-tuning is
/// short, so α starts at the end of the data, as options.initialization finds it (by default by least squared
/// error; min_max is closest to the paper). The penalty is the optimizer's weight decay of quantizer
/// parameters. It acts on the number that positive.h stores, so it pulls α to its first value instead of 0.
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
