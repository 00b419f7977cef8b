#pragma once

#include <array>
#include <cstdint>

namespace nibble::kernels {

// Sigmoid and tanh as a microcontroller computes them. Training and the integer code share them.
//
//   argument  z: int16, real z / 2¹² (Q3.12, so −8 ≤ z < 8)
//   value     v: int16, real v / 2¹⁵ (Q0.15, |v| ≤ 2¹⁵ − 1)
//
// A table holds the rounded function at 513 arguments, 2⁷ steps apart. Between them the function is linear,
// rounded half up:
//   u = z + 2¹⁵,  k = u >> 7,  v = t[k] + (((t[k + 1] − t[k]) · (u & 127) + 64) >> 7)
// Both functions are monotone, so no negative number is shifted. The error is below 2⁻¹³.

inline constexpr int kGateArgumentBits = 12;  // fraction bits of z
inline constexpr int kGateValueBits = 15;     // fraction bits of v
inline constexpr int kGateSegmentBits = 7;

using GateTable = std::array<std::int16_t, 513>;

const GateTable& sigmoid_table();
const GateTable& tanh_table();

/// v of z by the formula above.
inline std::int32_t gate_value(const GateTable& table, std::int32_t z) {
  const std::int32_t u = z + 32768, k = u >> kGateSegmentBits, rest = u & ((1 << kGateSegmentBits) - 1);
  const std::int32_t left = table[static_cast<std::size_t>(k)],
                     right = table[static_cast<std::size_t>(k) + 1];
  return left + (((right - left) * rest + (1 << (kGateSegmentBits - 1))) >> kGateSegmentBits);
}

/// v limited to 16 bits.
inline std::int32_t clamp16(std::int32_t v) { return v < -32768 ? -32768 : v > 32767 ? 32767 : v; }

/// ⌊v / 2ⁿ + ½⌋ for n ≥ 0.
inline std::int32_t rounded_shift(std::int32_t v, int n) { return n == 0 ? v : (v + (1 << (n - 1))) >> n; }

}  // namespace nibble::kernels
