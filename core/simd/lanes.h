#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "core/real.h"

// Sixteen numbers at a time, for loops that keep a long chain of arithmetic in registers. These are g++'s
// vectors: one register with AVX-512, several registers with less. The results are the same.

namespace nibble::lanes {

inline constexpr long kCount = 16;

using Values = Real __attribute__((vector_size(kCount * sizeof(Real))));
/// An integer as long as Real. Comparisons yield it; −1 is true.
using Int = std::conditional_t<sizeof(Real) == 4, std::int32_t, std::int64_t>;
using Ints = Int __attribute__((vector_size(kCount * sizeof(Int))));
using Bytes = std::uint8_t __attribute__((vector_size(kCount)));
using Shorts = std::int16_t __attribute__((vector_size(2 * kCount)));
using Halves = std::uint16_t __attribute__((vector_size(2 * kCount)));

#define NIBBLE_LANES [[gnu::always_inline]] inline

NIBBLE_LANES Values load(const Real* from) {
  Values v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
/// Loads the first n lanes; the others are zero.
NIBBLE_LANES Values load(const Real* from, long n) {
  if (n == kCount) return load(from);
  Values v{};
  std::memcpy(&v, from, static_cast<std::size_t>(n) * sizeof(Real));
  return v;
}
NIBBLE_LANES void store(Values v, Real* into) { std::memcpy(into, &v, sizeof v); }
NIBBLE_LANES void store(Values v, Real* into, long n) {
  if (n == kCount) return store(v, into);
  std::memcpy(into, &v, static_cast<std::size_t>(n) * sizeof(Real));
}

/// Codes as numbers, and numbers from 0 to 255 as codes.
NIBBLE_LANES Values load(const std::uint8_t* from, long n) {
  Bytes b{};
  if (n == kCount) {
    std::memcpy(&b, from, sizeof b);
  } else {
    std::memcpy(&b, from, static_cast<std::size_t>(n));
  }
  // Each step doubles the width. g++ 12 splits longer steps into single numbers.
  const Shorts s = __builtin_convertvector(b, Shorts);
  return __builtin_convertvector(__builtin_convertvector(s, Ints), Values);
}
NIBBLE_LANES void store(Ints v, std::uint8_t* into, long n) {
  const Bytes b = __builtin_convertvector(v, Bytes);
  if (n == kCount) {
    std::memcpy(into, &b, sizeof b);
  } else {
    std::memcpy(into, &b, static_cast<std::size_t>(n));
  }
}

/// Stores whole numbers that fit 16 bits.
NIBBLE_LANES void store(Values v, std::int16_t* into, long n) {
  const Shorts s = __builtin_convertvector(__builtin_convertvector(v, Ints), Shorts);
  if (n == kCount) {
    std::memcpy(into, &s, sizeof s);
  } else {
    std::memcpy(into, &s, static_cast<std::size_t>(n) * sizeof(std::int16_t));
  }
}

NIBBLE_LANES Values all(Real value) { return value - Values{}; }

// As std::min and std::max: a NaN in `a` stays one.
NIBBLE_LANES Values min(Values a, Values b) { return b < a ? b : a; }
NIBBLE_LANES Values max(Values a, Values b) { return a < b ? b : a; }

NIBBLE_LANES Ints truncated(Values v) { return __builtin_convertvector(v, Ints); }

/// ⌊v⌋; one instruction where -fno-trapping-math holds.
NIBBLE_LANES Values floor(Values v) {
  Real numbers[kCount];
  std::memcpy(numbers, &v, sizeof v);
  for (Real& number : numbers) number = std::floor(number);
  std::memcpy(&v, numbers, sizeof v);
  return v;
}

inline Real sum(Values v) {
  Real total = 0;
  for (long i = 0; i < kCount; ++i) total += v[i];
  return total;
}

}  // namespace nibble::lanes
