#pragma once

// The steps of Winograd's F(2x2, 3x3) in integers (winograd.h), tile by tile. The products that yield sums
// and those that yield codes share them.

#include <type_traits>

#include "core/kernels/integer/integer_product.h"
#include "core/simd/vnni.h"

namespace nibble::kernels::winograd {

inline constexpr int kPositions = 16;  // 4 x 4 of a transformed tile
inline constexpr long kLanes = 16;     // outputs of one register
inline constexpr int kVectors = 4;     // registers of outputs at a time

/// The number of sums of a tile with 16 V outputs, [4 rows, 2 columns, V, 16], and one cache line more, so
/// that tiles do not share sets of the first-level cache.
constexpr long tile_sums(long vectors) { return (8 * vectors + 1) * kLanes; }

/// The outputs first ... first + 16 · vectors − 1, with transformed weights. In each row of positions,
/// columns 1 and 2 are multiplied first, then 0 and 3. The sign of column 3 is reversed.
struct Group {
  long first, vectors;
  std::vector<std::int8_t> weights;  // [4 rows, 2 pairs, C/4, 2 of a pair, vectors, 16, 4]
  std::vector<std::int32_t> start;   // [4 rows, 2 columns, vectors · 16]: −offset · Σ weights
};

/// The number that is added to transformed codes to make them unsigned.
inline int offset_of(int top) { return 2 * top; }

/// Whether 2G g 2Gᵀ and its negative fit signed bytes, and the outputs are a multiple of 16.
/// weights: [O, 3, 3, C]
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

/// m A of each tile, where m[k, o] = Σ v[k, c] u[k, c, o]. Each row of positions yields two numbers:
/// m0 + m1 + m2 and m1 − m2 − m3.
///   v: [16, tiles, C]      sums: tile_sums for each tile
/// next: the group that will be multiplied after this one (its weights are prefetched), or any group.
void multiply(const Group& group, const Group& next, const std::uint8_t* v, long tiles, long channels,
              std::int32_t* sums);

/// y[h][w] = Aᵀ (m A) of 16 outputs: four times their sums.
template <int V>
NIBBLE_VNNI inline void four_sums(const std::int32_t* sums, __m512i y[2][2]) {
#pragma GCC unroll 2
  for (int w = 0; w < 2; ++w) {
    __m512i rows[4];
#pragma GCC unroll 4
    for (int h = 0; h < 4; ++h) rows[h] = _mm512_loadu_si512(sums + (2 * h + w) * V * kLanes);
    y[0][w] = _mm512_add_epi32(rows[0], _mm512_add_epi32(rows[1], rows[2]));
    y[1][w] = _mm512_sub_epi32(_mm512_sub_epi32(rows[1], rows[2]), rows[3]);
  }
}

#endif

}  // namespace nibble::kernels::winograd
