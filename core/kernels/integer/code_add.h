#pragma once

#include <cstdint>

namespace nibble::kernels {

/// How a sum of two codes becomes a code, in float, with one rounding per fused multiply-add:
///   code = ⌊clamp(gain1 · q1 + (gain2 · q2 + addend), lo, hi)⌋        0 ≤ lo, hi ≤ 255
struct CodeAddLine {
  float gain1 = 0, gain2 = 0, addend = 0;
  int lo = 0, hi = 255;
};

/// Whether this processor adds 64 codes at a time.
bool code_add_fits();

/// n codes from n pairs. Requires code_add_fits.
void code_add(const CodeAddLine& line, const std::uint8_t* q1, const std::uint8_t* q2, long n,
              std::uint8_t* codes);

}  // namespace nibble::kernels
