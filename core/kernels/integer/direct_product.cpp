#include <algorithm>
#include <array>
#include <utility>

#include "core/array.h"
#include "core/check.h"
#include "core/kernels/conv/image_window.h"
#include "core/kernels/integer/code_product.h"
#include "core/kernels/integer/code_registers.h"
#include "core/scratch.h"

namespace nibble::kernels {

#ifdef __x86_64__

namespace {

constexpr long kLanes = 16;      // output channels of one register
constexpr int kVectors = 4;      // registers of outputs of a tile, at most
constexpr int kMostPixels = 12;  // of a tile
// Bytes of the image that are read once per group of channels. Half of them fit the first-level cache beside
// the weights of a tile.
constexpr long kLot = 32768;

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

template <typename Number>
constexpr std::array<Tiles<Number>, kVectors + 1> kTiles{
    Tiles<Number>{}, tiles<1, Number>(), tiles<2, Number>(), tiles<3, Number>(), tiles<4, Number>()};

// Cuts the registers of outputs into groups such that tiles over a row of `pixels` load the fewest registers
// of weights and codes. Wide groups load more weights, narrow ones more codes.
std::vector<Range> best_groups(long vectors, long pixels) {
  std::vector<Range> best;
  long fewest = 0;
  for (long most = kVectors; most > 1; --most) {
    const std::vector<Range> groups = cut(vectors, (vectors + most - 1) / most);
    long loads = 0;
    for (const Range& group : groups) {
      const long tiles = (pixels + pixels_at_once(group.size()) - 1) / pixels_at_once(group.size());
      loads += tiles * group.size() + pixels;
    }
    if (best.empty() || loads < fewest) {
      best = groups;
      fewest = loads;
    }
  }
  return best;
}

template <typename Number>
class Direct : public CodeProduct {
 public:
  Direct(const IntegerConv2dProblem& problem, const std::vector<std::int8_t>& weights,
         const CodeLines& lines);
  long parts() const override { return static_cast<long>(groups_.size()); }
  void run(const std::uint8_t* x, Range rows, Range parts, std::uint8_t* codes) const override;

 private:
  // Some rows of outputs. x: the place in the image where the first of them begins.
  struct Lot {
    const std::uint8_t* x;
    long image_row;  // bytes of a row of the image
    long rows, width;
    std::uint8_t* codes;
  };

  void run_lot(const Lot& lot, Range parts) const;

  IntegerConv2dProblem problem_;
  long height_, width_, outputs_;  // of the output
  int lo_, hi_;
  long window_width_, quads_;
  bool copies_;      // the rows of the image are copied, with their border
  bool one_by_one_;  // all pixels are neighbours in memory, in the image and in the output
  std::vector<Group<Number>> groups_;
};

template <typename Number>
Direct<Number>::Direct(const IntegerConv2dProblem& problem, const std::vector<std::int8_t>& weights,
                       const CodeLines& lines)
    : problem_(problem), outputs_(problem.weight[0]), lo_(lines.lo), hi_(lines.hi) {
  const Shape &image = problem.image, &w = problem.weight;
  const Conv2dGeometry& geometry = problem.geometry;
  const Shape y = conv2d_output_shape({1, image[0], image[1], image[2]}, w, geometry, "direct product");
  height_ = y[1];
  width_ = y[2];
  window_width_ = (width_ - 1) * geometry.stride.w + w[2];
  const long row = w[2] * w[3];  // bytes of a filter's row
  quads_ = (row + 3) / 4;
  // A piece whose length is not a multiple of four is read some bytes too far. A copy has room for that.
  copies_ = geometry.padding != Size2{0, 0} || row % 4 != 0;
  one_by_one_ = !copies_ && w[1] == 1 && w[2] == 1 && geometry.stride == Size2{1, 1};

  const long row_of_tiles = one_by_one_ ? height_ * width_ : width_;
  for (const Range& part : best_groups((outputs_ + kLanes - 1) / kLanes, row_of_tiles)) {
    const long first = part.begin * kLanes, lanes = part.size() * kLanes;
    const long channels = std::min(lanes, outputs_ - first);
    Group<Number> group{first, channels, part.size(), LineTable<Number>(lines, first, channels), {}};
    group.weights.resize(static_cast<std::size_t>(w[1] * quads_ * 4 * lanes));
    for (long o = 0; o < channels; ++o) {
      for (long r = 0; r < w[1]; ++r) {
        for (long i = 0; i < row; ++i) {
          const long at = ((r * quads_ + i / 4) * lanes + o) * 4 + i % 4;
          group.weights[static_cast<std::size_t>(at)] =
              weights[static_cast<std::size_t>(((first + o) * w[1] + r) * row + i)];
        }
      }
    }
    groups_.push_back(std::move(group));
  }
}

template <typename Number>
void Direct<Number>::run_lot(const Lot& lot, Range parts) const {
  const long channels = problem_.image[2];
  const long pixel = problem_.geometry.stride.w * channels;
  for (long g = parts.begin; g < parts.end; ++g) {
    const Group<Number>& group = groups_[static_cast<std::size_t>(g)];
    const Tiles<Number>& tiles = kTiles<Number>[static_cast<std::size_t>(group.vectors)];
    const long most = pixels_at_once(group.vectors), count = (lot.width + most - 1) / most;
    for (long r = 0; r < lot.rows; ++r) {
      const std::uint8_t* const x = lot.x + r * problem_.geometry.stride.h * lot.image_row;
      std::uint8_t* const codes = lot.codes + r * lot.width * outputs_ + group.first;
      for (long t = 0, first = 0; t < count; ++t) {
        const long end = lot.width * (t + 1) / count;
        const TileSource source{x + first * pixel, pixel, problem_.geometry.dilation.h * lot.image_row,
                                problem_.weight[1], quads_};
        tiles[static_cast<std::size_t>(end - first)](source, group, lo_, hi_, codes + first * outputs_,
                                                     outputs_);
        first = end;
      }
    }
  }
}

template <typename Number>
void Direct<Number>::run(const std::uint8_t* x, Range rows, Range parts, std::uint8_t* codes) const {
  const Shape& image = problem_.image;
  const long channels = image[2];
  if (one_by_one_) {
    const long all = rows.size() * width_, at_once = std::max<long>(48, kLot / 2 / channels / 24 * 24);
    const std::uint8_t* const from = x + rows.begin * width_ * channels;
    std::uint8_t* const to = codes + rows.begin * width_ * outputs_;
    for (long i = 0; i < all; i += at_once)
      run_lot({from + i * channels, 0, 1, std::min(at_once, all - i), to + i * outputs_}, parts);
    return;
  }
  const Size2 stride = problem_.geometry.stride, dilation = problem_.geometry.dilation;
  const long filter = dilation.h * (problem_.weight[1] - 1) + 1;
  const long image_row = (copies_ ? window_width_ : image[1]) * channels;
  const long at_once = std::clamp(kLot / (stride.h * image_row), 1L, height_);
  Scratch<std::uint8_t> copy(copies_ ? ((at_once - 1) * stride.h + filter) * image_row + 3 : 0);
  for (long row = rows.begin; row < rows.end;) {
    const long n = row / height_, first = row % height_;
    const long count = std::min({at_once, height_ - first, rows.end - row});
    const std::uint8_t* const of_image = x + n * image.count();
    const std::uint8_t* from = of_image + first * stride.h * image_row;
    if (copies_) {
      const ImageWindow window{first * stride.h - problem_.geometry.padding.h,
                               (count - 1) * stride.h + filter, window_width_};
      copy_window(of_image, problem_, window, copy.data());
      from = copy.data();
    }
    run_lot({from, image_row, count, width_, codes + row * width_ * outputs_}, parts);
    row += count;
  }
}

}  // namespace

bool direct_fits(const IntegerConv2dProblem& problem) {
  return has_vnni() && problem.geometry.groups == 1 && problem.geometry.dilation.w == 1;
}

std::unique_ptr<CodeProduct> direct_product(const IntegerConv2dProblem& problem,
                                            const std::vector<std::int8_t>& weights, const CodeLines& lines) {
  if (lines.wide) return std::make_unique<Direct<double>>(problem, weights, lines);
  return std::make_unique<Direct<float>>(problem, weights, lines);
}

#else

bool direct_fits(const IntegerConv2dProblem&) { return false; }

std::unique_ptr<CodeProduct> direct_product(const IntegerConv2dProblem&, const std::vector<std::int8_t>&,
                                            const CodeLines&) {
  fail("direct product: this processor has no byte products, expected direct_fits to be asked");
}

#endif

}  // namespace nibble::kernels
