#include "core/kernels/integer/winograd_tiles.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace nibble::kernels::winograd {
namespace {

// 2G g 2Gᵀ of one 3 x 3 filter whose numbers lie `stride` apart.
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
        if (std::abs(u) > 127) return false;
      }
    }
  }
  return true;
}

std::vector<Group> transformed(const IntegerWeights& weights, int top) {
  const long outputs = weights.shape[0], channels = weights.shape[3];
  // The weights of a row then stay in the first-level cache, for up to 256 channels.
  const long most = channels <= 64 ? kVectors : 2;
  std::vector<Group> groups;
  for (long o = 0; o < outputs; o += most * kLanes) {
    Group group{o, std::min(most, (outputs - o) / kLanes), {}, {}};
    const long lanes = group.vectors * kLanes;
    group.weights.resize(static_cast<std::size_t>(kPositions * channels * lanes));
    group.start.resize(static_cast<std::size_t>(8 * lanes));
    for (long j = 0; j < lanes; ++j) {
      for (long c = 0; c < channels; ++c) {
        const auto u = transformed(weights.codes.data() + (o + j) * 9 * channels + c, channels);
        for (long h = 0; h < 4; ++h) {
          const int* const row = u.data() + 4 * h;
          const int ordered[2][2] = {{row[1], row[2]}, {row[0], -row[3]}};
          for (long pair = 0; pair < 2; ++pair) {
            for (long i = 0; i < 2; ++i) {
              const long at = ((((h * 2 + pair) * channels / 4 + c / 4) * 2 + i) * lanes + j) * 4 + c % 4;
              group.weights[static_cast<std::size_t>(at)] = static_cast<std::int8_t>(ordered[pair][i]);
            }
          }
          std::int32_t* const start = group.start.data() + h * 2 * lanes + j;
          start[0] -= offset_of(top) * (row[0] + row[1] + row[2]);
          start[lanes] -= offset_of(top) * (row[1] - row[2] - row[3]);
        }
      }
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

#ifdef __x86_64__

namespace {

// Two positions of T tiles take 2 T V accumulators. With V weights and a tile they take 32 registers.
constexpr int tiles_at_once(int vectors) { return std::min(12 / vectors, 6); }

// One row of Bᵀ d or of (Bᵀ d) B: d0 − d2, d1 + d2, d2 − d1, d1 − d3.
NIBBLE_VNNI inline void transform_four(const __m512i d[4], __m512i into[4]) {
  into[0] = _mm512_sub_epi8(d[0], d[2]);
  into[1] = _mm512_add_epi8(d[1], d[2]);
  into[2] = _mm512_sub_epi8(d[2], d[1]);
  into[3] = _mm512_sub_epi8(d[1], d[3]);
}

// first[t] += Σ v[0, t, c] u[c, 0] and second[t] += Σ v[1, t, c] u[c, 1] for T tiles and V registers of
// outputs. The weights of many channels come from the third-level cache, so 32 bytes per channel are
// prefetched, from `ask` on. Prefetching more would slow down the loads of the products.
template <int T, int V>
NIBBLE_VNNI inline void add_pair(const std::uint8_t* first_v, const std::uint8_t* second_v,
                                 const std::int8_t* u, const std::int8_t* ask, long channels,
                                 __m512i (&first)[T][V], __m512i (&second)[T][V]) {
  for (long c = 0; c < channels; c += 4) {
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i, u += V * 64) {
      __m512i weights[V];
#pragma GCC unroll 4
      for (int j = 0; j < V; ++j) {
        weights[j] = _mm512_loadu_si512(u + j * 64);
        __asm__("" : "+v"(weights[j]));  // otherwise g++ 12 loads them again for each tile
      }
      _mm_prefetch(ask, _MM_HINT_T1);
      ask += 64;
#pragma GCC unroll 6
      for (int t = 0; t < T; ++t) {
        std::int32_t four;
        std::memcpy(&four, (i == 0 ? first_v : second_v) + t * channels + c, sizeof four);
        const __m512i tile = _mm512_set1_epi32(four);
#pragma GCC unroll 4
        for (int j = 0; j < V; ++j) add_fours(i == 0 ? first[t][j] : second[t][j], tile, weights[j]);
      }
    }
  }
}

// A row of positions, for at most T tiles at a time. The positions are `step` bytes apart.
template <int T, int V>
NIBBLE_VNNI void multiply_row(const std::uint8_t* v, long step, const std::int8_t* u, const std::int8_t* ask,
                              const std::int32_t* start, long channels, std::int32_t* sums) {
  __m512i first[T][V], second[T][V];
#pragma GCC unroll 6
  for (int t = 0; t < T; ++t) {
#pragma GCC unroll 4
    for (int j = 0; j < V; ++j) first[t][j] = second[t][j] = _mm512_setzero_si512();
  }
  add_pair(v + step, v + 2 * step, u, ask, channels, first, second);
#pragma GCC unroll 4
  for (int j = 0; j < V; ++j) {
    const __m512i left = _mm512_loadu_si512(start + j * kLanes),
                  right = _mm512_loadu_si512(start + (V + j) * kLanes);
#pragma GCC unroll 6
    for (int t = 0; t < T; ++t) {
      const __m512i sum = _mm512_add_epi32(first[t][j], second[t][j]);
      second[t][j] = _mm512_add_epi32(_mm512_sub_epi32(first[t][j], second[t][j]), right);
      first[t][j] = _mm512_add_epi32(sum, left);
    }
  }
  add_pair(v, v + 3 * step, u + channels * V * 32, ask + channels * 32, channels, first, second);
#pragma GCC unroll 6
  for (int t = 0; t < T; ++t) {
#pragma GCC unroll 4
    for (int j = 0; j < V; ++j) {
      _mm512_storeu_si512(sums + t * tile_sums(V) + j * kLanes, first[t][j]);
      _mm512_storeu_si512(sums + t * tile_sums(V) + (V + j) * kLanes, second[t][j]);
    }
  }
}

using MultiplyRow = void (*)(const std::uint8_t*, long, const std::int8_t*, const std::int8_t*,
                             const std::int32_t*, long, std::int32_t*);

template <int V, std::size_t... T>
constexpr std::array<MultiplyRow, tiles_at_once(V) + 1> by_tiles(std::index_sequence<T...>) {
  return {nullptr, multiply_row<static_cast<int>(T) + 1, V>...};
}

template <int V>
constexpr std::array<MultiplyRow, tiles_at_once(V) + 1> kByTiles =
    by_tiles<V>(std::make_index_sequence<tiles_at_once(V)>());

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
              std::int32_t* sums) {
  with_vectors(group.vectors, [&]<int V>(std::integral_constant<int, V>) {
    const long step = tiles * channels, weights_of_row = 4 * channels * V * kLanes;
    for (long h = 0; h < 4; ++h, v += 4 * step) {
      const std::int8_t* const u = group.weights.data() + h * weights_of_row;
      // Each group of tiles prefetches its share of the weights of the next row.
      const std::int8_t* ask = h < 3 ? u + weights_of_row : next.weights.data();
      for (long t = 0; t < tiles; t += tiles_at_once(V)) {
        const long count = std::min<long>(tiles - t, tiles_at_once(V));
        kByTiles<V>[static_cast<std::size_t>(count)](v + t * channels, step, u, ask,
                                                     group.start.data() + h * 2 * V * kLanes, channels,
                                                     sums + t * tile_sums(V) + h * 2 * V * kLanes);
        ask += channels * 64;
      }
    }
  });
}

#endif

}  // namespace nibble::kernels::winograd
