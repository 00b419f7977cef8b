#include "core/kernels/winograd_tiles.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace nibble::kernels::winograd {
namespace {

// 2G g 2Gᵀ of one 3 x 3 filter, rows of three as they lie `stride` apart.
std::array<int, kPositions> transformed(const std::int8_t* g, long stride) {
  int rows[4][3];  // 2G g
  for (int w = 0; w < 3; ++w) {
    const int g0 = g[w * stride], g1 = g[(3 + w) * stride], g2 = g[(6 + w) * stride];
    rows[0][w] = 2 * g0;
    rows[1][w] = g0 + g1 + g2;
    rows[2][w] = g0 - g1 + g2;
    rows[3][w] = 2 * g2;
  }
  std::array<int, kPositions> u{};
  for (std::size_t h = 0; h < 4; ++h) {
    const int* r = rows[h];
    u[4 * h] = 2 * r[0];
    u[4 * h + 1] = r[0] + r[1] + r[2];
    u[4 * h + 2] = r[0] - r[1] + r[2];
    u[4 * h + 3] = 2 * r[2];
  }
  return u;
}

}  // namespace

bool weights_fit(const IntegerWeights& weights) {
  const Shape& w = weights.shape;
  if (w[0] % kLanes != 0) return false;
  for (long o = 0; o < w[0]; ++o) {
    for (long c = 0; c < w[3]; ++c) {
      for (const int u : transformed(weights.codes.data() + o * w.row() + c, w[3])) {
        if (u < -128 || u > 127) return false;
      }
    }
  }
  return true;
}

std::vector<Group> transformed(const IntegerWeights& weights, int top) {
  const long outputs = weights.shape[0], channels = weights.shape[3];
  std::vector<Group> groups;
  for (long o = 0; o < outputs; o += kVectors * kLanes) {
    Group group{o, std::min<long>(kVectors, (outputs - o) / kLanes), {}, {}};
    const long lanes = group.vectors * kLanes;
    group.weights.resize(static_cast<std::size_t>(kPositions * channels * lanes));
    group.start.resize(static_cast<std::size_t>(kPositions * lanes));
    for (long j = 0; j < lanes; ++j) {
      for (long c = 0; c < channels; ++c) {
        const auto u = transformed(weights.codes.data() + (o + j) * 9 * channels + c, channels);
        for (long k = 0; k < kPositions; ++k) {
          const int value = u[static_cast<std::size_t>(k)];
          const long at = ((k * channels / 4 + c / 4) * lanes + j) * 4 + c % 4;
          group.weights[static_cast<std::size_t>(at)] = static_cast<std::int8_t>(value);
          group.start[static_cast<std::size_t>(k * lanes + j)] -= offset_of(top) * value;
        }
      }
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

#ifdef __x86_64__

namespace {

constexpr int kTilesAtOnce = 6;  // 6 · 4 accumulators, 4 weights, 1 tile: of 32 registers

// One row of Bᵀ d, or of (Bᵀ d) B: d0 − d2, d1 + d2, d2 − d1, d1 − d3.
NIBBLE_VNNI inline void transform_four(const __m512i d[4], __m512i into[4]) {
  into[0] = _mm512_sub_epi8(d[0], d[2]);
  into[1] = _mm512_add_epi8(d[1], d[2]);
  into[2] = _mm512_sub_epi8(d[2], d[1]);
  into[3] = _mm512_sub_epi8(d[1], d[3]);
}

// m[t, o] = start[o] + Σ v[t, c] u[c, o] of T tiles and V registers of outputs. Weights of many channels come
// from the third-level cache: those of the next product are asked for.
//   v: [T, C] bytes      u: [C/4, V, 16 outputs, 4 channels]      m: [V, 16] of each tile
template <int T, int V>
NIBBLE_VNNI void multiply(const std::uint8_t* v, const std::int8_t* u, const std::int8_t* next,
                          const std::int32_t* start, long channels, std::int32_t* m) {
  __m512i sums[T][V];
#pragma GCC unroll 4
  for (int j = 0; j < V; ++j) {
#pragma GCC unroll 6
    for (int t = 0; t < T; ++t) sums[t][j] = _mm512_loadu_si512(start + j * kLanes);
  }
  const long ahead = next - u;
  for (long c = 0; c < channels; c += 4, u += V * 64) {
    __m512i weights[V];
#pragma GCC unroll 4
    for (int j = 0; j < V; ++j) {
      weights[j] = _mm512_loadu_si512(u + j * 64);
      _mm_prefetch(u + ahead + j * 64, _MM_HINT_T1);
    }
#pragma GCC unroll 6
    for (int t = 0; t < T; ++t) {
      std::int32_t four;
      std::memcpy(&four, v + t * channels + c, sizeof four);
      const __m512i tile = _mm512_set1_epi32(four);
#pragma GCC unroll 4
      for (int j = 0; j < V; ++j) add_fours(sums[t][j], tile, weights[j]);
    }
  }
#pragma GCC unroll 6
  for (int t = 0; t < T; ++t) {
#pragma GCC unroll 4
    for (int j = 0; j < V; ++j) _mm512_storeu_si512(m + t * tile_sums(V) + j * kLanes, sums[t][j]);
  }
}

using Multiply = void (*)(const std::uint8_t*, const std::int8_t*, const std::int8_t*, const std::int32_t*,
                          long, std::int32_t*);

template <int V, std::size_t... T>
constexpr std::array<Multiply, kTilesAtOnce + 1> by_tiles(std::index_sequence<T...>) {
  return {nullptr, multiply<static_cast<int>(T) + 1, V>...};
}

template <int V>
constexpr std::array<Multiply, kTilesAtOnce + 1> kByTiles =
    by_tiles<V>(std::make_index_sequence<kTilesAtOnce>());

}  // namespace

void transform_tile(const std::uint8_t* const pixels[kPositions], long channels, int offset,
                    std::uint8_t* into, long step) {
  const __m512i positive = _mm512_set1_epi8(static_cast<char>(offset));
  for (long first = 0; first < channels; first += 64) {
    const long count = channels - first;
    const __mmask64 here = first_bytes(count);
    __m512i rows[4][4], columns[4], d[4];
#pragma GCC unroll 4
    for (int w = 0; w < 4; ++w) {
#pragma GCC unroll 4
      for (int h = 0; h < 4; ++h) d[h] = _mm512_maskz_loadu_epi8(here, pixels[4 * h + w] + first);
      transform_four(d, columns);
#pragma GCC unroll 4
      for (int h = 0; h < 4; ++h) rows[h][w] = columns[h];
    }
#pragma GCC unroll 4
    for (int h = 0; h < 4; ++h) {
      transform_four(rows[h], columns);
#pragma GCC unroll 4
      for (int w = 0; w < 4; ++w) {
        std::uint8_t* const to = into + (4 * h + w) * step + first;
        const __m512i codes = _mm512_add_epi8(columns[w], positive);
        if (count >= 64) {  // a masked store of bytes is slow on some processors
          _mm512_storeu_si512(to, codes);
        } else {
          _mm512_mask_storeu_epi8(to, here, codes);
        }
      }
    }
  }
}

void multiply(const Group& group, const Group& next, const std::uint8_t* v, long tiles, long channels,
              std::int32_t* m) {
  with_vectors(group.vectors, [&]<int V>(std::integral_constant<int, V>) {
    constexpr long kOutputs = V * kLanes;
    for (long k = 0; k < kPositions; ++k) {
      const std::int8_t* const weights = group.weights.data() + k * channels * kOutputs;
      const bool last = k + 1 == kPositions;
      const std::int8_t* const behind = last ? next.weights.data() : weights + channels * kOutputs;
      const std::int32_t* const start = group.start.data() + k * kOutputs;
      for (long t = 0; t < tiles;) {
        const long count = std::min<long>(tiles - t, kTilesAtOnce);
        kByTiles<V>[static_cast<std::size_t>(count)](v, weights, behind, start, channels,
                                                     m + t * tile_sums(V) + k * kOutputs);
        t += count;
        v += count * channels;
      }
    }
  });
}

#endif

}  // namespace nibble::kernels::winograd
