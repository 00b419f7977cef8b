#pragma once

// A tile of the direct product: some pixels and output channels, whose sums stay in registers over the whole
// depth.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "core/kernels/integer/code_registers.h"

#ifdef __x86_64__

namespace nibble::kernels::direct {

inline constexpr long kLanes = 16;      // output channels of one register
inline constexpr int kVectors = 4;      // registers of outputs of a tile, at most
inline constexpr int kMostPixels = 12;  // of a tile

// The number P of pixels of a tile with V registers of channels: P · V sums, V weights and a pixel take 32
// registers.
constexpr int pixels_at_once(long vectors) {
  constexpr int most[kVectors + 1] = {0, 12, 12, 8, 6};
  return most[vectors];
}

// The image that a tile reads: `rows` pieces of 4 · quads bytes for each pixel.
struct TileSource {
  const std::uint8_t* x;
  long pixel, row;  // bytes from one to the next
  long rows, quads;
};

// The channels that a tile computes together: V registers.
template <typename Number>
struct Group {
  long first, channels, vectors;
  LineTable<Number> lines;
  std::vector<std::int8_t> weights;  // [rows, quads, V, 16 outputs, 4 bytes]
};

// Computes the codes of P pixels, `pitch` bytes apart, for the channels of a group.
template <int P, int V, typename Number>
NIBBLE_VNNI void tile(const TileSource& source, const Group<Number>& group, int lo, int hi,
                      std::uint8_t* codes, long pitch) {
  __m512i sums[P][V];
#pragma GCC unroll 12
  for (int p = 0; p < P; ++p) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) sums[p][v] = _mm512_setzero_si512();
  }
  const std::int8_t* weights = group.weights.data();
  for (long r = 0; r < source.rows; ++r) {
    const std::uint8_t* x = source.x + r * source.row;
    for (long q = 0; q < source.quads; ++q, x += 4, weights += V * 64) {
      __m512i four[V];
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) four[v] = _mm512_loadu_si512(weights + v * 64);
#pragma GCC unroll 12
      for (int p = 0; p < P; ++p) {
        std::int32_t bytes;
        std::memcpy(&bytes, x + p * source.pixel, sizeof bytes);
        const __m512i pixel = _mm512_set1_epi32(bytes);
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) add_fours(sums[p][v], pixel, four[v]);
      }
    }
  }
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {  // one register of channels for all pixels, so that its lines are loaded once
    const Number* const lines = group.lines.of(v);
#pragma GCC unroll 12
    for (int p = 0; p < P; ++p) sums[p][v] = on_lines(sums[p][v], lines);
  }
  const CodeLimits limits = code_limits(lo, hi);
  const bool whole = group.channels == V * kLanes;
#pragma GCC unroll 12
  for (int p = 0; p < P; ++p, codes += pitch) {
    const __m512i* const lines = sums[p];
    const __m512i mixed = as_codes(lines[0], lines[1 % V], lines[2 % V], lines[3 % V], limits);
    if (whole) {
      store_lanes<V>(in_order(mixed), codes);
    } else {
      store_codes(in_order(mixed), group.channels, codes);
    }
  }
}

template <typename Number>
using Tile = void (*)(const TileSource&, const Group<Number>&, int, int, std::uint8_t*, long);
template <typename Number>
using Tiles = std::array<Tile<Number>, kMostPixels + 1>;  // by pixels

template <int V, typename Number, std::size_t... P>
constexpr Tiles<Number> tiles(std::index_sequence<P...>) {
  return {nullptr,
          (P < pixels_at_once(V) ? tile<std::min<int>(P + 1, pixels_at_once(V)), V, Number> : nullptr)...};
}

template <int V, typename Number>
constexpr Tiles<Number> tiles() {
  return tiles<V, Number>(std::make_index_sequence<kMostPixels>());
}

// By registers of channels.
template <typename Number>
inline constexpr std::array<Tiles<Number>, kVectors + 1> kTiles{
    Tiles<Number>{}, tiles<1, Number>(), tiles<2, Number>(), tiles<3, Number>(), tiles<4, Number>()};

}  // namespace nibble::kernels::direct

#endif
