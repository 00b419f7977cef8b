#pragma once

#include "core/real.h"

namespace nibble {

// A compiler may not reorder a floating-point sum, so a plain loop adds one element at a time. Here the terms
// of a block are written to memory (first-level cache). The upper half is added to the lower one until one
// vector is left, and that is added in double. The order depends on the block only.

inline constexpr long kBlock = 512;

/// Σ terms[0 ... kBlock − 1]. Overwrites the terms.
inline double sum_block(Real* terms) {
  constexpr long kVector = 16;
  for (long half = kBlock / 2; half >= kVector; half /= 2) {
    for (long i = 0; i < half; ++i) terms[i] += terms[i + half];
  }
  double sum = 0;
  for (long i = 0; i < kVector; ++i) sum += static_cast<double>(terms[i]);
  return sum;
}

}  // namespace nibble
