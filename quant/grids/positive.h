#pragma once

#include <string>

#include "autograd/var.h"

namespace nibble {

/// Learned numbers that stay positive: scales and clip levels.
///
/// A scale that is stored as it is can be carried through zero by one large step, after which every code
/// flips its sign and the training is lost (a known end of LSQ trainings). A stored logarithm cannot, but
/// turns a step that doubles into one that explodes. So what is stored is ρ, relative to the first value s₀
/// that data gave:
///   s = s₀ · (1 + ρ) for ρ ≥ 0        s = s₀ · e^ρ for ρ < 0
/// linear upwards, exponential towards zero, smooth at the start ρ = 0.
///
/// The published step in s is kept where the scale has grown, and damped by f' = s / s₀ where it has shrunk:
/// with the caller's factor
///   dρ = factor · ds / s₀,      Δs = s₀ f'(ρ) Δρ = −η · factor · f'(ρ) · ds
/// (Undoing f' below as well was tried: a scale that came near zero was thrown to 10¹³ by its next gradient.)
class Positive {
 public:
  /// count numbers, 1 until set; `name` as in "scale": parameters "relative_scale" and "first_scale".
  Positive(const std::string& name, long count);

  long count() const { return relative_.value().size(); }
  void set(const Tensor& values);  // ρ = 0
  Real value(long i) const;
  /// The values on the tape, gradients times the factor as above.
  Var operator()(double factor) const;
  void parameters(const ParameterFn& visit);

 private:
  std::string name_;
  Var relative_;  // ρ
  Var first_;     // s₀, a statistic: saved, never trained
};

}  // namespace nibble
