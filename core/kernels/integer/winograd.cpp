#include "core/kernels/integer/winograd.h"

#include <algorithm>

#include "core/array.h"
#include "core/check.h"
#include "core/kernels/integer/winograd_tiles.h"
#include "core/parallel.h"
#include "core/scratch.h"

namespace nibble::kernels {

bool winograd_fits(const IntegerWeights& weights, const Conv2dGeometry& geometry, int top) {
  const Shape& w = weights.shape;
  const bool plain =
      geometry.stride == Size2{1, 1} && geometry.dilation == Size2{1, 1} && geometry.groups == 1;
  return has_vnni() && plain && w[1] == 3 && w[2] == 3 && w[3] % 4 == 0 && 6 * top <= 255 &&
         winograd::weights_fit(weights);
}

#ifdef __x86_64__

namespace {

using winograd::Group, winograd::kLanes, winograd::kPositions, winograd::kVectors;

constexpr long kTiles = 48;  // tiles whose transforms stay in the second-level cache

class Winograd : public IntegerProduct {
 public:
  Winograd(const IntegerWeights& weights, int top)
      : channels_(weights.shape[3]),
        outputs_(weights.shape[0]),
        offset_(winograd::offset_of(top)),
        groups_(winograd::transformed(weights, top)) {}
  void run(const std::uint8_t* x, const Shape& shape, std::int32_t* sums) const override;

 private:
  struct Tiling {
    Shape x, y;
    long high, wide;  // tiles of an image
    long count() const { return x[0] * high * wide; }
  };

  void transform(const std::uint8_t* x, const Tiling& tiling, Range tiles, std::uint8_t* v) const;
  template <int V>
  NIBBLE_VNNI void finish(const Group& group, const std::int32_t* m, const Tiling& tiling, Range tiles,
                          std::int32_t* sums) const;

  long channels_, outputs_;
  int offset_;
  std::vector<Group> groups_;
};

// v: [16, tiles, C]. Rows and columns beyond the image repeat the last one; their sums are not used.
void Winograd::transform(const std::uint8_t* x, const Tiling& tiling, Range tiles, std::uint8_t* v) const {
  const long rows = tiling.x[1], width = tiling.x[2], step = tiles.size() * channels_;
  for (long t = tiles.begin; t < tiles.end; ++t) {
    const long n = t / (tiling.high * tiling.wide), i = t / tiling.wide % tiling.high, j = t % tiling.wide;
    const std::uint8_t* pixels[kPositions];
    for (long k = 0; k < kPositions; ++k) {
      const long h = std::min(2 * i + k / 4, rows - 1), w = std::min(2 * j + k % 4, width - 1);
      pixels[k] = x + ((n * rows + h) * width + w) * channels_;
    }
    winograd::transform_tile(pixels, channels_, offset_, v + (t - tiles.begin) * channels_, step);
  }
}

template <int V>
void Winograd::finish(const Group& group, const std::int32_t* m, const Tiling& tiling, Range tiles,
                      std::int32_t* sums) const {
  for (long t = tiles.begin; t < tiles.end; ++t, m += winograd::tile_sums(V)) {
    const long n = t / (tiling.high * tiling.wide), i = t / tiling.wide % tiling.high, j = t % tiling.wide;
    const long high = std::min(2L, tiling.y[1] - 2 * i), wide = std::min(2L, tiling.y[2] - 2 * j);
    std::int32_t* const corner =
        sums + ((n * tiling.y[1] + 2 * i) * tiling.y[2] + 2 * j) * outputs_ + group.first;
    for (long o = 0; o < V * kLanes; o += kLanes) {
      __m512i y[2][2];
      winograd::four_sums<V>(m + o, y);
      for (long h = 0; h < high; ++h) {
        for (long w = 0; w < wide; ++w)
          _mm512_storeu_si512(corner + (h * tiling.y[2] + w) * outputs_ + o, _mm512_srai_epi32(y[h][w], 2));
      }
    }
  }
}

void Winograd::run(const std::uint8_t* x, const Shape& shape, std::int32_t* sums) const {
  const Shape y{shape[0], shape[1] - 2, shape[2] - 2, outputs_};
  const Tiling tiling{shape, y, (y[1] + 1) / 2, (y[2] + 1) / 2};
  Scratch<std::uint8_t> v(kPositions * kTiles * channels_);
  Scratch<std::int32_t> m(kTiles * winograd::tile_sums(kVectors));
  for (const Range& tiles : cut(tiling.count(), (tiling.count() + kTiles - 1) / kTiles)) {
    transform(x, tiling, tiles, v.data());
    for (const Group& group : groups_) {
      winograd::multiply(group, group, v.data(), tiles.size(), channels_, m.data());
      winograd::with_vectors(group.vectors, [&]<int V>(std::integral_constant<int, V>) {
        finish<V>(group, m.data(), tiling, tiles, sums);
      });
    }
  }
}

}  // namespace

std::unique_ptr<IntegerProduct> winograd_product(const IntegerWeights& weights, int top) {
  return std::make_unique<Winograd>(weights, top);
}

#else

std::unique_ptr<IntegerProduct> winograd_product(const IntegerWeights&, int) {
  fail("winograd: this processor has no byte products, expected winograd_fits to be asked");
}

#endif

}  // namespace nibble::kernels
