#pragma once

#include <cmath>

#include "core/array.h"
#include "core/random.h"

namespace nibble {

/// A weight [O, ...] drawn from N(0, 2 / fan-in): the variance that keeps the scale of signals through ReLUs
/// (He et al. 2015, arXiv 1502.01852 eq. 10). The fan-in is the number of inputs of one output.
inline Tensor he_normal(const Shape& shape, Rng& rng) {
  Tensor w = Tensor::uninitialized(shape);
  const double deviation = std::sqrt(2.0 / static_cast<double>(shape.row()));
  for (Real& value : w) value = static_cast<Real>(deviation * static_cast<double>(rng.normal()));
  return w;
}

/// A tensor drawn evenly from ±bound, as language models begin (Zaremba et al. 2014, arXiv 1409.2329).
inline Tensor even(const Shape& shape, double bound, Rng& rng) {
  Tensor w = Tensor::uninitialized(shape);
  for (Real& value : w) value = static_cast<Real>(bound * (2 * static_cast<double>(rng.uniform()) - 1));
  return w;
}

}  // namespace nibble
