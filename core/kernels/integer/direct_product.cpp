#include <algorithm>
#include <utility>

#include "core/array.h"
#include "core/check.h"
#include "core/kernels/conv/image_window.h"
#include "core/kernels/integer/code_product.h"
#include "core/kernels/integer/direct_tile.h"
#include "core/scratch.h"

namespace nibble::kernels {

#ifdef __x86_64__

namespace {

using namespace direct;

// Bytes of the image that are read once per group of channels. Half of them fit the first-level cache beside
// the weights of a tile.
constexpr long kLot = 32768;

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
  copies_ = geometry.padded() || row % 4 != 0;
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
