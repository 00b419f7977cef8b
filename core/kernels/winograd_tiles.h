#pragma once

// The steps of Winograd's F(2x2, 3x3) in integers (winograd.h), tile by tile: what products of sums and of
// codes share.

#include <type_traits>

#include "core/kernels/integer_product.h"
#include "core/kernels/vnni.h"

namespace nibble::kernels::winograd {

inline constexpr int kPositions = 16;  // 4 x 4 of a transformed tile
inline constexpr long kLanes = 16;     // outputs of one register
inline constexpr int kVectors = 4;     // registers of outputs at a time

/// Sums of a tile and 16 V outputs, [16 positions, V, 16], and a cache line that keeps tiles from sharing
/// sets of the first-level cache.
constexpr long tile_sums(long vectors) { return (kPositions * vectors + 1) * kLanes; }

/// Outputs first ... first + 16 · vectors, with transformed weights.
struct Group {
  long first, vectors;
  std::vector<std::int8_t> weights;  // [16 positions, C/4, vectors, 16, 4]
  std::vector<std::int32_t> start;   // [16, vectors · 16]: −offset · Σ weights
};

/// What is added to transformed codes, so that they are unsigned.
inline int offset_of(int top) { return 2 * top; }

/// 2G g 2Gᵀ fits into signed bytes, and the outputs come in sixteens. weights: [O, 3, 3, C]
bool weights_fit(const IntegerWeights& weights);

/// Requires weights_fit.
std::vector<Group> transformed(const IntegerWeights& weights, int top);

/// Calls some(std::integral_constant<int, vectors>).
template <typename Some>
void with_vectors(long vectors, const Some& some) {
  switch (vectors) {
    case 1:
      return some(std::integral_constant<int, 1>{});
    case 2:
      return some(std::integral_constant<int, 2>{});
    case 3:
      return some(std::integral_constant<int, 3>{});
    default:
      return some(std::integral_constant<int, kVectors>{});
  }
}

#ifdef __x86_64__

/// Bᵀ d B + offset. pixels: the 16 codes of each channel, by rows; position k goes to into + k · step.
NIBBLE_VNNI void transform_tile(const std::uint8_t* const pixels[kPositions], long channels, int offset,
                                std::uint8_t* into, long step);

/// m[t, k, o] = start[k, o] + Σ v[k, t, c] u[k, c, o]
///   v: [16, tiles, C]      m: tile_sums for each tile
/// next: the group that will be multiplied then, or any.
void multiply(const Group& group, const Group& next, const std::uint8_t* v, long tiles, long channels,
              std::int32_t* m);

/// Aᵀ m A of 16 outputs, four times their sums: y[h][w]. m: position k at m + 16 V k.
template <int V>
NIBBLE_VNNI inline void four_sums(const std::int32_t* m, __m512i y[2][2]) {
  __m512i rows[2][4];
#pragma GCC unroll 4
  for (int w = 0; w < 4; ++w) {
    __m512i k[4];
#pragma GCC unroll 4
    for (int h = 0; h < 4; ++h) k[h] = _mm512_loadu_si512(m + (4 * h + w) * V * kLanes);
    rows[0][w] = _mm512_add_epi32(k[0], _mm512_add_epi32(k[1], k[2]));
    rows[1][w] = _mm512_sub_epi32(_mm512_sub_epi32(k[1], k[2]), k[3]);
  }
#pragma GCC unroll 2
  for (int h = 0; h < 2; ++h) {
    const __m512i* const r = rows[h];
    y[h][0] = _mm512_add_epi32(r[0], _mm512_add_epi32(r[1], r[2]));
    y[h][1] = _mm512_sub_epi32(_mm512_sub_epi32(r[1], r[2]), r[3]);
  }
}

#endif

}  // namespace nibble::kernels::winograd
