#include "core/kernels/winograd.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/kernels/vnni.h"
#include "core/parallel.h"

#ifdef __x86_64__

namespace nibble::kernels {
namespace {

constexpr int kTile = 16;         // 4 x 4 positions of a transformed tile
constexpr long kLanes = 16;       // outputs of one register
constexpr long kVectors = 4;      // registers of outputs at a time
constexpr long kTilesAtOnce = 6;  // 6 · 4 accumulators, 4 weights, 1 tile: of 32 registers
constexpr long kTiles = 48;       // tiles whose transforms stay in the second-level cache

// 2G g 2Gᵀ of one 3 x 3 filter, rows of three as they lie `stride` apart.
std::array<int, kTile> transformed(const std::int8_t* g, long stride) {
  int rows[4][3];  // 2G g
  for (int w = 0; w < 3; ++w) {
    const int g0 = g[w * stride], g1 = g[(3 + w) * stride], g2 = g[(6 + w) * stride];
    rows[0][w] = 2 * g0;
    rows[1][w] = g0 + g1 + g2;
    rows[2][w] = g0 - g1 + g2;
    rows[3][w] = 2 * g2;
  }
  std::array<int, kTile> u{};
  for (std::size_t h = 0; h < 4; ++h) {
    const int* r = rows[h];
    u[4 * h] = 2 * r[0];
    u[4 * h + 1] = r[0] + r[1] + r[2];
    u[4 * h + 2] = r[0] - r[1] + r[2];
    u[4 * h + 3] = 2 * r[2];
  }
  return u;
}

// One row of Bᵀ d, or of (Bᵀ d) B: d0 − d2, d1 + d2, d2 − d1, d1 − d3.
NIBBLE_VNNI inline void transform_four(const __m512i d[4], __m512i into[4]) {
  into[0] = _mm512_sub_epi8(d[0], d[2]);
  into[1] = _mm512_add_epi8(d[1], d[2]);
  into[2] = _mm512_sub_epi8(d[2], d[1]);
  into[3] = _mm512_sub_epi8(d[1], d[3]);
}

// Bᵀ d B + offset of up to 64 channels. pixels: the 16 codes of one channel, by rows; position k goes to
// into + k · step.
NIBBLE_VNNI void transform_tile(const std::uint8_t* const pixels[kTile], long channel, __mmask64 channels,
                                int offset, std::uint8_t* into, long step) {
  __m512i rows[4][4], columns[4], d[4];
  for (int w = 0; w < 4; ++w) {
    for (int h = 0; h < 4; ++h) d[h] = _mm512_maskz_loadu_epi8(channels, pixels[4 * h + w] + channel);
    transform_four(d, columns);
    for (int h = 0; h < 4; ++h) rows[h][w] = columns[h];
  }
  const __m512i positive = _mm512_set1_epi8(static_cast<char>(offset));
  for (int h = 0; h < 4; ++h) {
    transform_four(rows[h], columns);
    for (int w = 0; w < 4; ++w)
      _mm512_mask_storeu_epi8(into + (4 * h + w) * step + channel, channels,
                              _mm512_add_epi8(columns[w], positive));
  }
}

// m[t, o] = start[o] + Σ v[t, c] u[c, o] of T tiles and V registers of outputs.
//   v: [T, C] bytes      u: [C/4, V, 16 outputs, 4 channels]      m: [T, V, 16]
template <int T, int V>
NIBBLE_VNNI void multiply(const std::uint8_t* v, const std::int8_t* u, const std::int32_t* start,
                          long channels, std::int32_t* m) {
  __m512i sums[T][V];
  for (int j = 0; j < V; ++j) {
    for (int t = 0; t < T; ++t) sums[t][j] = _mm512_loadu_si512(start + j * kLanes);
  }
  for (long c = 0; c < channels; c += 4) {
    __m512i weights[V];
    for (int j = 0; j < V; ++j) weights[j] = _mm512_loadu_si512(u + (c * V + 4 * j) * kLanes);
    for (int t = 0; t < T; ++t) {
      std::int32_t four;
      std::memcpy(&four, v + t * channels + c, sizeof four);
      const __m512i tile = _mm512_set1_epi32(four);
      for (int j = 0; j < V; ++j) sums[t][j] = _mm512_dpbusd_epi32(sums[t][j], tile, weights[j]);
    }
  }
  for (int t = 0; t < T; ++t) {
    for (int j = 0; j < V; ++j) _mm512_storeu_si512(m + (t * V + j) * kLanes, sums[t][j]);
  }
}

template <int V>
void multiply(long tiles, const std::uint8_t* v, const std::int8_t* u, const std::int32_t* start,
              long channels, std::int32_t* m) {
  long t = 0;
  const auto at = [&](auto kernel) { kernel(v + t * channels, u, start, channels, m + t * V * kLanes); };
  for (; t + kTilesAtOnce <= tiles; t += kTilesAtOnce) at(multiply<kTilesAtOnce, V>);
  switch (tiles - t) {
    case 1:
      return at(multiply<1, V>);
    case 2:
      return at(multiply<2, V>);
    case 3:
      return at(multiply<3, V>);
    case 4:
      return at(multiply<4, V>);
    case 5:
      return at(multiply<5, V>);
    default:
      return;
  }
}

// Aᵀ m A / 4 of 16 outputs: y[h][w], m: position k at m + k · step.
NIBBLE_VNNI inline void finish_tile(const std::int32_t* m, long step, __m512i y[2][2]) {
  __m512i rows[2][4];
  for (int w = 0; w < 4; ++w) {
    __m512i k[4];
    for (int h = 0; h < 4; ++h) k[h] = _mm512_loadu_si512(m + (4 * h + w) * step);
    const __m512i middle = _mm512_add_epi32(k[1], k[2]), difference = _mm512_sub_epi32(k[1], k[2]);
    rows[0][w] = _mm512_add_epi32(k[0], middle);
    rows[1][w] = _mm512_sub_epi32(difference, k[3]);
  }
  for (int h = 0; h < 2; ++h) {
    const __m512i middle = _mm512_add_epi32(rows[h][1], rows[h][2]);
    const __m512i difference = _mm512_sub_epi32(rows[h][1], rows[h][2]);
    y[h][0] = _mm512_srai_epi32(_mm512_add_epi32(rows[h][0], middle), 2);
    y[h][1] = _mm512_srai_epi32(_mm512_sub_epi32(difference, rows[h][3]), 2);
  }
}

class Winograd : public IntegerProduct {
 public:
  Winograd(const IntegerWeights& weights, int top);
  void run(const std::uint8_t* x, const Shape& shape, std::int32_t* sums) const override;

 private:
  // Outputs o ... o + 16 · vectors of all tiles at once.
  struct Group {
    long first, vectors;
    std::vector<std::int8_t> weights;  // [16 positions, C/4, vectors, 16, 4]
    std::vector<std::int32_t> start;   // [16, vectors · 16]: −offset · Σ weights
  };
  struct Tiling {
    Shape x, y;
    long high, wide;  // tiles of an image
    long count() const { return x[0] * high * wide; }
  };

  NIBBLE_VNNI void transform(const std::uint8_t* x, const Tiling& tiling, Range tiles, std::uint8_t* v) const;
  NIBBLE_VNNI void finish(const Group& group, const std::int32_t* m, const Tiling& tiling, Range tiles,
                          std::int32_t* sums) const;

  long channels_, outputs_;
  int offset_;  // makes transformed codes unsigned
  std::vector<Group> groups_;
};

Winograd::Winograd(const IntegerWeights& weights, int top)
    : channels_(weights.shape[3]), outputs_(weights.shape[0]), offset_(2 * top) {
  for (long o = 0; o < outputs_; o += kVectors * kLanes) {
    Group group{o, std::min(kVectors, (outputs_ - o) / kLanes), {}, {}};
    const long lanes = group.vectors * kLanes;
    group.weights.resize(static_cast<std::size_t>(kTile * channels_ * lanes));
    group.start.resize(static_cast<std::size_t>(kTile * lanes));
    for (long j = 0; j < lanes; ++j) {
      for (long c = 0; c < channels_; ++c) {
        const auto u = transformed(weights.codes.data() + (o + j) * 9 * channels_ + c, channels_);
        for (long k = 0; k < kTile; ++k) {
          const int value = u[static_cast<std::size_t>(k)];
          const long at = ((k * channels_ / 4 + c / 4) * lanes + j) * 4 + c % 4;
          group.weights[static_cast<std::size_t>(at)] = static_cast<std::int8_t>(value);
          group.start[static_cast<std::size_t>(k * lanes + j)] -= offset_ * value;
        }
      }
    }
    groups_.push_back(std::move(group));
  }
}

// v: [16, tiles, C]. Rows and columns behind the image, of which no sum is wanted, repeat the last.
void Winograd::transform(const std::uint8_t* x, const Tiling& tiling, Range tiles, std::uint8_t* v) const {
  const long rows = tiling.x[1], width = tiling.x[2], step = tiles.size() * channels_;
  for (long t = tiles.begin; t < tiles.end; ++t) {
    const long n = t / (tiling.high * tiling.wide), i = t / tiling.wide % tiling.high, j = t % tiling.wide;
    const std::uint8_t* pixels[kTile];
    for (long k = 0; k < kTile; ++k) {
      const long h = std::min(2 * i + k / 4, rows - 1), w = std::min(2 * j + k % 4, width - 1);
      pixels[k] = x + ((n * rows + h) * width + w) * channels_;
    }
    for (long c = 0; c < channels_; c += 64) {
      transform_tile(pixels, c, first_bytes(channels_ - c), offset_, v + (t - tiles.begin) * channels_, step);
    }
  }
}

// m: [16, tiles, outputs of the group]
void Winograd::finish(const Group& group, const std::int32_t* m, const Tiling& tiling, Range tiles,
                      std::int32_t* sums) const {
  const long lanes = group.vectors * kLanes, step = tiles.size() * lanes;
  for (long t = tiles.begin; t < tiles.end; ++t) {
    const long n = t / (tiling.high * tiling.wide), i = t / tiling.wide % tiling.high, j = t % tiling.wide;
    const long high = std::min(2L, tiling.y[1] - 2 * i), wide = std::min(2L, tiling.y[2] - 2 * j);
    std::int32_t* const corner =
        sums + ((n * tiling.y[1] + 2 * i) * tiling.y[2] + 2 * j) * outputs_ + group.first;
    for (long o = 0; o < lanes; o += kLanes) {
      __m512i y[2][2];
      finish_tile(m + (t - tiles.begin) * lanes + o, step, y);
      for (long h = 0; h < high; ++h) {
        for (long w = 0; w < wide; ++w)
          _mm512_storeu_si512(corner + (h * tiling.y[2] + w) * outputs_ + o, y[h][w]);
      }
    }
  }
}

void Winograd::run(const std::uint8_t* x, const Shape& shape, std::int32_t* sums) const {
  const Shape y{shape[0], shape[1] - 2, shape[2] - 2, outputs_};
  const Tiling tiling{shape, y, (y[1] + 1) / 2, (y[2] + 1) / 2};
  auto v = Array<std::uint8_t>::uninitialized({kTile, kTiles, channels_});
  auto m = Array<std::int32_t>::uninitialized({kTile, kTiles, kVectors * kLanes});
  for (const Range& tiles : cut(tiling.count(), (tiling.count() + kTiles - 1) / kTiles)) {
    transform(x, tiling, tiles, v.data());
    for (const Group& group : groups_) {
      const long lanes = group.vectors * kLanes;
      for (long k = 0; k < kTile; ++k) {
        const auto at = [&](auto product) {
          product(tiles.size(), v.data() + k * tiles.size() * channels_,
                  group.weights.data() + k * channels_ * lanes, group.start.data() + k * lanes, channels_,
                  m.data() + k * tiles.size() * lanes);
        };
        switch (group.vectors) {
          case 1:
            at(multiply<1>);
            break;
          case 2:
            at(multiply<2>);
            break;
          case 3:
            at(multiply<3>);
            break;
          default:
            at(multiply<4>);
        }
      }
      finish(group, m.data(), tiling, tiles, sums);
    }
  }
}

}  // namespace

bool winograd_fits(const IntegerWeights& weights, const Conv2dGeometry& geometry, int top) {
  const Shape& w = weights.shape;
  const bool plain =
      geometry.stride == Size2{1, 1} && geometry.dilation == Size2{1, 1} && geometry.groups == 1;
  if (!has_vnni() || !plain || w[1] != 3 || w[2] != 3 || w[3] % 4 != 0 || w[0] % kLanes != 0) return false;
  if (6 * top > 255) return false;
  for (long o = 0; o < w[0]; ++o) {
    for (long c = 0; c < w[3]; ++c) {
      for (const int u : transformed(weights.codes.data() + o * w.row() + c, w[3])) {
        if (u < -128 || u > 127) return false;
      }
    }
  }
  return true;
}

std::unique_ptr<IntegerProduct> winograd_product(const IntegerWeights& weights, int top) {
  return std::make_unique<Winograd>(weights, top);
}

}  // namespace nibble::kernels

#else

#include "core/check.h"

namespace nibble::kernels {

bool winograd_fits(const IntegerWeights&, const Conv2dGeometry&, int) { return false; }

std::unique_ptr<IntegerProduct> winograd_product(const IntegerWeights&, int) {
  fail("winograd: this processor has no byte products, expected winograd_fits to be asked");
}

}  // namespace nibble::kernels

#endif
