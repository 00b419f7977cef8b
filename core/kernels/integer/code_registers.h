#pragma once

// Turns sums into codes within registers, for kernels that keep their sums there.

#include <cstdint>
#include <cstring>
#include <vector>

#include "core/kernels/integer/code_product.h"
#include "core/simd/vnni.h"

#ifdef __x86_64__

namespace nibble::kernels {

struct CodeLimits {
  __m512i lo, hi;  // 64 bytes
};

NIBBLE_VNNI inline CodeLimits code_limits(int lo, int hi) {
  return {_mm512_set1_epi8(static_cast<char>(lo)), _mm512_set1_epi8(static_cast<char>(hi))};
}

// Masked conversions with all lanes set. g++ 12 warns of undefined lanes in its own unmasked ones (GCC bug
// 105593).
constexpr __mmask16 kAllLanes = 0xffff;

// The lines of channels as registers of 16: the gains, then the addends.
template <typename Number>
class LineTable {
 public:
  // The channels first ... first + channels − 1, and zeros behind them.
  LineTable(const CodeLines& lines, long first, long channels)
      : values_(static_cast<std::size_t>((channels + 15) / 16 * 32)) {
    for (long i = 0; i < channels; ++i) set(i, lines, first + i);
  }
  explicit LineTable(long lanes) : values_(static_cast<std::size_t>(2 * lanes)) {}
  void set(long lane, const CodeLines& lines, long channel) {
    const auto at = static_cast<std::size_t>(lane / 16 * 32 + lane % 16),
               c = static_cast<std::size_t>(channel);
    values_[at] = static_cast<Number>(lines.gain[c]);
    values_[at + 16] = static_cast<Number>(lines.addend[c]);
  }
  const Number* of(long vector) const { return values_.data() + vector * 32; }

 private:
  std::vector<Number> values_;
};

// The whole part of 16 lines. Rounding towards zero equals ⌊ ⌋ here, because codes below zero are clamped.
NIBBLE_VNNI inline __m512i on_lines(__m512i sums, const float* lines) {
  const __m512 real = _mm512_maskz_cvtepi32_ps(kAllLanes, sums);
  return _mm512_maskz_cvttps_epi32(
      kAllLanes, _mm512_fmadd_ps(real, _mm512_loadu_ps(lines), _mm512_loadu_ps(lines + 16)));
}

NIBBLE_VNNI inline __m512i on_lines(__m512i sums, const double* lines) {
  __m256i halves[2] = {_mm512_maskz_extracti64x4_epi64(0xf, sums, 0),
                       _mm512_maskz_extracti64x4_epi64(0xf, sums, 1)};
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    const __m512d real = _mm512_maskz_cvtepi32_pd(0xff, halves[i]);
    const __m512d gain = _mm512_loadu_pd(lines + 8 * i), addend = _mm512_loadu_pd(lines + 16 + 8 * i);
    halves[i] = _mm512_maskz_cvttpd_epi32(0xff, _mm512_fmadd_pd(real, gain, addend));
  }
  return _mm512_mask_broadcast_i64x4(_mm512_maskz_broadcast_i64x4(0x0f, halves[0]), 0xf0, halves[1]);
}

// 64 numbers as 64 bytes; saturation does most of the clamp. Each 16 bytes of the result hold four numbers of
// a, four of b, four of c and four of d.
NIBBLE_VNNI inline __m512i as_codes(__m512i a, __m512i b, __m512i c, __m512i d, const CodeLimits& limits) {
  const __m512i bytes = _mm512_packus_epi16(_mm512_packs_epi32(a, b), _mm512_packs_epi32(c, d));
  return _mm512_min_epu8(_mm512_max_epu8(bytes, limits.lo), limits.hi);
}

// The bytes of as_codes, one register after another: a transposition of 4 x 4 groups of four bytes.
NIBBLE_VNNI inline __m512i in_order(__m512i codes) {
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return _mm512_maskz_permutexvar_epi32(kAllLanes, order, codes);
}

// Stores the first 16 R of 64 codes.
template <int R>
NIBBLE_VNNI inline void store_lanes(__m512i codes, std::uint8_t* into) {
  if constexpr (R == 4) {
    _mm512_storeu_si512(into, codes);
  } else if constexpr (R == 1) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(into), _mm512_castsi512_si128(codes));
  } else {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(into), _mm512_castsi512_si256(codes));
    if constexpr (R == 3)
      _mm_storeu_si128(reinterpret_cast<__m128i*>(into + 32), _mm512_maskz_extracti32x4_epi32(0xf, codes, 2));
  }
}

// Stores the first `count` of 64 codes, without masks: a masked store of bytes is slow on some processors.
NIBBLE_VNNI inline void store_codes(__m512i codes, long count, std::uint8_t* into) {
  if (count >= 64) {
    _mm512_storeu_si512(into, codes);
    return;
  }
  __m256i half = _mm512_castsi512_si256(codes);
  if (count & 32) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(into), half);
    half = _mm512_maskz_extracti64x4_epi64(0xf, codes, 1);
    into += 32;
  }
  __m128i quarter = _mm256_castsi256_si128(half);
  if (count & 16) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(into), quarter);
    quarter = _mm256_extracti128_si256(half, 1);
    into += 16;
  }
  if ((count & 15) == 8) {
    _mm_storel_epi64(reinterpret_cast<__m128i*>(into), quarter);
  } else if (count & 15) {
    std::uint8_t rest[16];
    _mm_storeu_si128(reinterpret_cast<__m128i*>(rest), quarter);
    std::memcpy(into, rest, static_cast<std::size_t>(count & 15));
  }
}

}  // namespace nibble::kernels

#endif
