#include <algorithm>
#include <array>

#include "core/array.h"
#include "core/check.h"
#include "core/kernels/integer/code_product.h"
#include "core/kernels/integer/code_registers.h"
#include "core/kernels/integer/winograd.h"
#include "core/kernels/integer/winograd_tiles.h"
#include "core/scratch.h"

namespace nibble::kernels {

namespace {
constexpr long kWinogradChannels = 64;
}

bool winograd_codes_fit(const IntegerConv2dProblem& problem, const std::vector<std::int8_t>& weights) {
  return problem.weight[3] >= kWinogradChannels &&
         winograd_fits({weights, problem.weight}, problem.geometry, problem.top);
}

#ifdef __x86_64__

namespace {

using winograd::Group, winograd::kLanes, winograd::kPositions, winograd::kVectors;

constexpr long kMostTiles = 64;
constexpr long kTileBytes = 512 * 1024;  // of transforms and sums together: half of a second-level cache

// 2 x 2 outputs of image n. Only the first `high` rows and `wide` columns are used.
struct Tile {
  long n, h, w, high, wide;
};

// The tiles of some rows, counted through all images.
class Tiles {
 public:
  Tiles(Range rows, long height, long width)
      : row_(rows.begin), end_(rows.end), height_(height), width_(width) {}
  bool done() const { return row_ == end_; }
  long left() const {
    long high = 0;
    for (Tiles rest = *this; !rest.done(); ++high) rest.skip_row();
    return high * ((width_ + 1) / 2);
  }
  Tile next() {
    const Tile tile{row_ / height_, row_ % height_, w_, high(), std::min(2L, width_ - w_)};
    w_ += 2;
    if (w_ >= width_) skip_row();
    return tile;
  }

 private:
  long high() const { return std::min({2L, height_ - row_ % height_, end_ - row_}); }
  void skip_row() {
    w_ = 0;
    row_ += high();
  }

  long row_, w_ = 0, end_, height_, width_;
};

// Lines for sums that are four times too large. The division by four is exact, so the codes do not change.
CodeLines of_four_sums(CodeLines lines) {
  for (double& gain : lines.gain) gain /= 4;
  return lines;
}

template <typename Number>
class WinogradCodes : public CodeProduct {
 public:
  WinogradCodes(const IntegerConv2dProblem& problem, const std::vector<std::int8_t>& weights,
                const CodeLines& lines);
  long parts() const override { return static_cast<long>(groups_.size()); }
  long rows_together() const override { return 2; }
  void run(const std::uint8_t* x, Range rows, Range parts, std::uint8_t* codes) const override;

 private:
  void transform(const std::uint8_t* x, const Tile& tile, std::uint8_t* v, long step) const;
  template <int V>
  NIBBLE_VNNI void finish(const Group& group, const std::int32_t* sums, const Tile* tiles, long count,
                          std::uint8_t* codes) const;

  IntegerConv2dProblem problem_;
  long height_, width_, outputs_;  // of the output
  long at_once_;                   // tiles
  int lo_, hi_;
  LineTable<Number> lines_;
  std::vector<std::uint8_t> border_;  // a pixel
  std::vector<Group> groups_;
};

template <typename Number>
WinogradCodes<Number>::WinogradCodes(const IntegerConv2dProblem& problem,
                                     const std::vector<std::int8_t>& weights, const CodeLines& lines)
    : problem_(problem),
      outputs_(problem.weight[0]),
      lo_(lines.lo),
      hi_(lines.hi),
      lines_(of_four_sums(lines), 0, problem.weight[0]),
      border_(static_cast<std::size_t>(problem.image[2]), static_cast<std::uint8_t>(problem.border)),
      groups_(winograd::transformed({weights, problem.weight}, problem.top)) {
  const Shape& image = problem.image;
  const Shape y = conv2d_output_shape({1, image[0], image[1], image[2]}, problem.weight, problem.geometry,
                                      "winograd product");
  height_ = y[1];
  width_ = y[2];
  const long sums = winograd::tile_sums(groups_.front().vectors) * static_cast<long>(sizeof(std::int32_t));
  const long bytes = kPositions * image[2] + sums;
  at_once_ = std::clamp(kTileBytes / bytes, 1L, kMostTiles);
}

template <typename Number>
void WinogradCodes<Number>::transform(const std::uint8_t* x, const Tile& tile, std::uint8_t* v,
                                      long step) const {
  const Shape& image = problem_.image;
  const Size2 padding = problem_.geometry.padding;
  const std::uint8_t* pixels[kPositions];
  for (long i = 0; i < 4; ++i) {
    const long h = tile.h + i - padding.h, w = tile.w - padding.w;
    const bool row_inside = h >= 0 && h < image[0];
    const std::uint8_t* const row = x + ((tile.n * image[0] + h) * image[1] + w) * image[2];
    for (long j = 0; j < 4; ++j) {
      const bool inside = row_inside && w + j >= 0 && w + j < image[1];
      pixels[4 * i + j] = inside ? row + j * image[2] : border_.data();
    }
  }
  winograd::transform_tile(pixels, image[2], winograd::offset_of(problem_.top), v, step);
}

template <typename Number>
template <int V>
void WinogradCodes<Number>::finish(const Group& group, const std::int32_t* sums, const Tile* tiles,
                                   long count, std::uint8_t* codes) const {
  const CodeLimits limits = code_limits(lo_, hi_);
  for (long t = 0; t < count; ++t, sums += winograd::tile_sums(V)) {
    __m512i lines[2][2][V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      __m512i y[2][2];
      winograd::four_sums<V>(sums + v * kLanes, y);
      const Number* const of_outputs = lines_.of(group.first / kLanes + v);
#pragma GCC unroll 4
      for (int p = 0; p < 4; ++p) lines[p / 2][p % 2][v] = on_lines(y[p / 2][p % 2], of_outputs);
    }
    const Tile& tile = tiles[t];
    std::uint8_t* const corner =
        codes + ((tile.n * height_ + tile.h) * width_ + tile.w) * outputs_ + group.first;
#pragma GCC unroll 4
    for (int p = 0; p < 4; ++p) {
      const int h = p / 2, w = p % 2;
      if (h >= tile.high || w >= tile.wide) continue;
      const __m512i* const l = lines[h][w];
      store_lanes<V>(in_order(as_codes(l[0], l[1 % V], l[2 % V], l[3 % V], limits)),
                     corner + (h * width_ + w) * outputs_);
    }
  }
}

template <typename Number>
void WinogradCodes<Number>::run(const std::uint8_t* x, Range rows, Range parts, std::uint8_t* codes) const {
  const long channels = problem_.image[2];
  Scratch<std::uint8_t> v(kPositions * at_once_ * channels);
  Scratch<std::int32_t> sums(at_once_ * winograd::tile_sums(kVectors));
  std::array<Tile, kMostTiles> tiles;
  Tiles all(rows, height_, width_);
  for (const Range& some : cut(all.left(), (all.left() + at_once_ - 1) / at_once_)) {
    const long count = some.size();
    for (long t = 0; t < count; ++t) tiles[static_cast<std::size_t>(t)] = all.next();
    for (long t = 0; t < count; ++t)
      transform(x, tiles[static_cast<std::size_t>(t)], v.data() + t * channels, count * channels);
    for (long g = parts.begin; g < parts.end; ++g) {
      const Group& group = groups_[static_cast<std::size_t>(g)];
      const Group& next = groups_[static_cast<std::size_t>(g + 1 < parts.end ? g + 1 : parts.begin)];
      winograd::multiply(group, next, v.data(), count, channels, sums.data());
      winograd::with_vectors(group.vectors, [&]<int V>(std::integral_constant<int, V>) {
        finish<V>(group, sums.data(), tiles.data(), count, codes);
      });
    }
  }
}

}  // namespace

std::unique_ptr<CodeProduct> winograd_code_product(const IntegerConv2dProblem& problem,
                                                   const std::vector<std::int8_t>& weights,
                                                   const CodeLines& lines) {
  if (lines.wide) return std::make_unique<WinogradCodes<double>>(problem, weights, lines);
  return std::make_unique<WinogradCodes<float>>(problem, weights, lines);
}

#else

std::unique_ptr<CodeProduct> winograd_code_product(const IntegerConv2dProblem&,
                                                   const std::vector<std::int8_t>&, const CodeLines&) {
  fail("winograd product: this processor has no byte products, expected winograd_codes_fit to be asked");
}

#endif

}  // namespace nibble::kernels
