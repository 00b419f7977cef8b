#pragma once

#include "core/real.h"

namespace nibble {

// A compiler may not reorder a floating-point sum, so plain accumulation runs one element at a time. Instead
// the terms of a block go to memory (first-level cache), are folded in halves down to one vector, and only
// then added, in double. The order is fixed by the block alone.

inline constexpr long kBlock = 512;

/// Σ terms[0 ... kBlock − 1]; destroys them.
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
