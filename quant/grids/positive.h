#pragma once

#include <string>

#include "autograd/var.h"

namespace nibble {

/// Learned numbers that stay positive: scales and clip levels.
///
/// If a scale itself is stored, one large step can make it negative. Then every code changes its sign, and
/// the training is lost (this is known to happen with LSQ). A stored logarithm cannot become negative, but a
/// step that should double the scale may multiply it by a huge factor. So the stored number is ρ, relative to
/// the first value s₀ that the data gave:
///   s = s₀ · (1 + ρ) for ρ ≥ 0        s = s₀ · e^ρ for ρ < 0
/// linear upwards, exponential towards zero, smooth at the start ρ = 0.
///
/// If the scale has grown, the step in s is the published one. If it has shrunk, the step is damped by f' = s
/// / s₀. With the caller's factor:
///   dρ = factor · ds / s₀,      Δs = s₀ f'(ρ) Δρ = −η · factor · f'(ρ) · ds
/// (Without the damping, the next gradient of a scale near zero threw it to 10¹³.)
class Positive {
 public:
  /// `count` numbers, which are 1 until set. The name "scale" gives the parameters "relative_scale" and
  /// "first_scale".
  Positive(const std::string& name, long count);

  long count() const { return relative_.value().size(); }
  void set(const Tensor& values);  // ρ = 0
  Real value(long i) const;
  /// The values on the tape. Gradients are multiplied by the factor as above.
  Var operator()(double factor) const;
  void parameters(const ParameterFn& visit);

 private:
  std::string name_;
  Var relative_;  // ρ
  Var first_;     // s₀, a statistic: saved but not trained
};

}  // namespace nibble
