#pragma once

#include <cstdint>
#include <cstring>

#include "core/simd/lanes.h"

// A bfloat16 is the upper half of a float: its range, and 8 significant bits.

namespace nibble {

/// The nearest bfloat16, ties to even: the same as the processor's own conversion. An infinity stays an
/// infinity. A NaN may become an infinity, which later checks find as well.
inline std::uint16_t bfloat16_bits(float v) {
  std::uint32_t bits;
  std::memcpy(&bits, &v, sizeof bits);
  return static_cast<std::uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

inline float bfloat16_value(std::uint16_t upper) {
  const std::uint32_t bits = static_cast<std::uint32_t>(upper) << 16;
  float v;
  std::memcpy(&v, &bits, sizeof v);
  return v;
}

namespace lanes {

/// Stores the first n numbers as bfloat16.
NIBBLE_LANES void store_bfloat16(Values v, std::uint16_t* into, long n) {
  using Floats = float __attribute__((vector_size(kCount * sizeof(float))));
  using Words = std::uint32_t __attribute__((vector_size(kCount * sizeof(std::uint32_t))));
  const Floats floats = __builtin_convertvector(v, Floats);
  Words bits;
  std::memcpy(&bits, &floats, sizeof bits);
  const Halves upper = __builtin_convertvector((bits + 0x7fff + ((bits >> 16) & 1)) >> 16, Halves);
  if (n == kCount) {
    std::memcpy(into, &upper, sizeof upper);
  } else {
    std::memcpy(into, &upper, static_cast<std::size_t>(n) * sizeof(std::uint16_t));
  }
}

}  // namespace lanes

}  // namespace nibble
