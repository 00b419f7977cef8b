#include <algorithm>

#include "core/check.h"
#include "core/kernels/integer/code_product.h"
#include "core/kernels/integer/depthwise3x3_row.h"

namespace nibble::kernels {

#ifdef __x86_64__

namespace {

class Depthwise3x3 : public CodeProduct {
 public:
  Depthwise3x3(const IntegerConv2dProblem& problem, const std::vector<std::int8_t>& weights,
               const CodeLines& lines);
  long parts() const override { return static_cast<long>(blocks_.size()); }
  void run(const std::uint8_t* x, Range rows, Range parts, std::uint8_t* codes) const override;

 private:
  IntegerConv2dProblem problem_;
  long height_, width_;  // of the output
  int lo_, hi_;
  std::vector<std::uint8_t> border_;  // a row of the image
  std::vector<depthwise3x3::Block> blocks_;
};

Depthwise3x3::Depthwise3x3(const IntegerConv2dProblem& problem, const std::vector<std::int8_t>& weights,
                           const CodeLines& lines)
    : problem_(problem),
      lo_(lines.lo),
      hi_(lines.hi),
      border_(static_cast<std::size_t>(problem.image[1] * problem.image[2]),
              static_cast<std::uint8_t>(problem.border)) {
  const Shape& image = problem.image;
  const Shape y = conv2d_output_shape({1, image[0], image[1], image[2]}, problem.weight, problem.geometry,
                                      "depthwise product");
  height_ = y[1];
  width_ = y[2];
  using depthwise3x3::kBlock;
  for (long first = 0; first < y[3]; first += kBlock) {
    depthwise3x3::Block block(first, std::min(kBlock, y[3] - first));
    for (long i = 0; i < kBlock; ++i) {
      const long c = i % (kBlock / block.pixels);
      if (c >= block.channels) continue;
      const auto channel = static_cast<std::size_t>(first + c), at = static_cast<std::size_t>(lane_of(i));
      block.lines.set(lane_of(i), lines, first + c);
      for (std::size_t tap = 0; tap < 9; ++tap)
        block.weights[(tap % 3 * kBlock + at) * 4 + tap / 3] = weights[channel * 9 + tap];
    }
    blocks_.push_back(std::move(block));
  }
}

void Depthwise3x3::run(const std::uint8_t* x, Range rows, Range parts, std::uint8_t* codes) const {
  const Shape& image = problem_.image;
  const Conv2dGeometry& geometry = problem_.geometry;
  const long channels = image[2], in_row = image[1] * channels;
  for (long row = rows.begin; row < rows.end; ++row) {
    const long n = row / height_, first = row % height_ * geometry.stride.h - geometry.padding.h;
    const std::uint8_t* in[3];
    for (long k = 0; k < 3; ++k) {
      const long h = first + k * geometry.dilation.h;
      in[k] = h >= 0 && h < image[0] ? x + (n * image[0] + h) * in_row : border_.data();
    }
    for (long b = parts.begin; b < parts.end; ++b) {
      const depthwise3x3::Block& block = blocks_[static_cast<std::size_t>(b)];
      const long c = block.first;
      depthwise3x3::row_of(block, geometry.stride.w)({.in = {in[0] + c, in[1] + c, in[2] + c},
                                                      .out = codes + row * width_ * channels + c,
                                                      .pixel = channels,
                                                      .in_width = image[1],
                                                      .width = width_,
                                                      .padding = geometry.padding.w,
                                                      .border = problem_.border,
                                                      .lo = lo_,
                                                      .hi = hi_},
                                                     block);
    }
  }
}

}  // namespace

bool depthwise3x3_fits(const IntegerConv2dProblem& problem) {
  const Conv2dGeometry& geometry = problem.geometry;
  const Shape& w = problem.weight;
  return has_vnni() && geometry.groups == w[0] && geometry.groups == problem.image[2] && w[1] == 3 &&
         w[2] == 3 && w[3] == 1 && geometry.dilation.w == 1 && geometry.stride.w <= 2;
}

std::unique_ptr<CodeProduct> depthwise3x3_product(const IntegerConv2dProblem& problem,
                                                  const std::vector<std::int8_t>& weights,
                                                  const CodeLines& lines) {
  return std::make_unique<Depthwise3x3>(problem, weights, lines);
}

#else

bool depthwise3x3_fits(const IntegerConv2dProblem&) { return false; }

std::unique_ptr<CodeProduct> depthwise3x3_product(const IntegerConv2dProblem&,
                                                  const std::vector<std::int8_t>&, const CodeLines&) {
  fail("depthwise product: this processor has no byte products, expected depthwise3x3_fits to be asked");
}

#endif

}  // namespace nibble::kernels
