#pragma once

// Interleaves the bytes of 64 channels for instructions that add four products. For depthwise kernels.

#include "core/simd/vnni.h"

#ifdef __x86_64__

namespace nibble::kernels {

/// 64 lanes of four bytes, in four registers.
struct Fours {
  __m512i registers[4];
};

/// Byte c of each argument becomes a byte of one lane. Interleaving works within 16 bytes, so register r
/// holds the channels 4r ... 4r + 3 of every 16; lane_of gives the lane.
NIBBLE_VNNI inline Fours interleaved(__m512i a, __m512i b, __m512i c, __m512i d) {
  const __m512i low01 = _mm512_unpacklo_epi8(a, b), high01 = _mm512_unpackhi_epi8(a, b);
  const __m512i low23 = _mm512_unpacklo_epi8(c, d), high23 = _mm512_unpackhi_epi8(c, d);
  return {{_mm512_unpacklo_epi16(low01, low23), _mm512_unpackhi_epi16(low01, low23),
           _mm512_unpacklo_epi16(high01, high23), _mm512_unpackhi_epi16(high01, high23)}};
}

/// The lane of a channel, 0 to 63, counted through the registers.
inline long lane_of(long channel) { return channel % 16 / 4 * 16 + channel / 16 * 4 + channel % 4; }

}  // namespace nibble::kernels

#endif
