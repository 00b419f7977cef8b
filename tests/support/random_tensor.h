#pragma once

#include <cstdint>

#include "core/array.h"
#include "core/random.h"

namespace nibble {

/// Uniform in [low, high); equal seeds give equal values.
inline Tensor uniform(const Shape& shape, std::uint64_t seed = 1, float low = -1, float high = 1) {
  Rng rng(seed);
  Tensor x = Tensor::uninitialized(shape);
  for (Real& value : x) value = static_cast<Real>(rng.uniform(low, high));
  return x;
}

/// The values 0, 1/8, 2/8, ... in random order: all differ by far more than the step of a central difference.
inline Tensor distinct(const Shape& shape, std::uint64_t seed = 1) {
  Rng rng(seed);
  Tensor x = Tensor::uninitialized(shape);
  for (long i = 0; i < x.size(); ++i) x[i] = static_cast<Real>(i) / 8;
  for (long i = x.size() - 1; i > 0; --i) {
    std::swap(x[i], x[static_cast<long>(rng.below(static_cast<std::uint64_t>(i) + 1))]);
  }
  return x;
}

}  // namespace nibble
