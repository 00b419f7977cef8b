#include <algorithm>

#include "core/check.h"
#include "core/kernels/integer/code_product.h"
#include "core/kernels/integer/code_registers.h"
#include "core/kernels/integer/interleaved_bytes.h"

namespace nibble::kernels {

#ifdef __x86_64__

namespace {

constexpr long kChannels = 64;  // at a time
constexpr long kTaps = 4;       // that one instruction adds up

// Filters of any size, four taps at a time. Number: of the lines.
template <typename Number>
class DepthwiseCodes : public CodeProduct {
 public:
  DepthwiseCodes(const IntegerConv2dProblem& problem, const std::vector<std::int8_t>& weights,
                 const CodeLines& lines);
  long parts() const override { return static_cast<long>(blocks_.size()); }
  void run(const std::uint8_t* x, Range rows, Range parts, std::uint8_t* codes) const override;

 private:
  struct Tap {
    long row, column;  // of the filter
  };
  struct Block {
    long first, channels;
    std::vector<std::int8_t> weights;  // [fours of taps, 4 registers, 16 lanes, 4 taps]
    LineTable<Number> lines{kChannels};
  };

  // The pixel that each tap reads for an output, or the border.
  void find_pixels(const std::uint8_t* image, long top, long left, const std::uint8_t** pixels) const;
  NIBBLE_VNNI __m512i codes_of(const Block& block, const std::uint8_t* const* pixels,
                               const CodeLimits& limits) const;
  NIBBLE_VNNI void run_row(const std::uint8_t* image, long top, Range parts, std::uint8_t* codes) const;

  IntegerConv2dProblem problem_;
  long height_, width_, channels_;  // of the output
  int lo_, hi_;
  std::vector<Tap> taps_;             // a multiple of four; the last tap repeats with a weight of zero
  std::vector<std::uint8_t> border_;  // a pixel
  std::vector<Block> blocks_;
};

template <typename Number>
DepthwiseCodes<Number>::DepthwiseCodes(const IntegerConv2dProblem& problem,
                                       const std::vector<std::int8_t>& weights, const CodeLines& lines)
    : problem_(problem),
      lo_(lines.lo),
      hi_(lines.hi),
      border_(static_cast<std::size_t>(problem.image[2]), static_cast<std::uint8_t>(problem.border)) {
  const Shape& image = problem.image;
  const Shape y = conv2d_output_shape({1, image[0], image[1], image[2]}, problem.weight, problem.geometry,
                                      "depthwise product");
  height_ = y[1], width_ = y[2], channels_ = y[3];
  const long real_taps = problem.weight[1] * problem.weight[2];
  for (long t = 0; t < (real_taps + kTaps - 1) / kTaps * kTaps; ++t) {
    const long tap = std::min(t, real_taps - 1);
    taps_.push_back({tap / problem.weight[2], tap % problem.weight[2]});
  }
  for (long first = 0; first < channels_; first += kChannels) {
    Block block{first, std::min(kChannels, channels_ - first),
                std::vector<std::int8_t>(taps_.size() * kChannels)};
    for (long c = 0; c < block.channels; ++c) {
      block.lines.set(lane_of(c), lines, first + c);
      for (long t = 0; t < real_taps; ++t) {
        const long at = t / kTaps * kTaps * kChannels + lane_of(c) * kTaps + t % kTaps;
        block.weights[static_cast<std::size_t>(at)] =
            weights[static_cast<std::size_t>((first + c) * real_taps + t)];
      }
    }
    blocks_.push_back(std::move(block));
  }
}

template <typename Number>
void DepthwiseCodes<Number>::find_pixels(const std::uint8_t* image, long top, long left,
                                         const std::uint8_t** pixels) const {
  const Size2& dilation = problem_.geometry.dilation;
  const long height = problem_.image[0], width = problem_.image[1];
  for (const Tap& tap : taps_) {
    const long h = top + tap.row * dilation.h, w = left + tap.column * dilation.w;
    *pixels++ =
        h >= 0 && h < height && w >= 0 && w < width ? image + (h * width + w) * channels_ : border_.data();
  }
}

template <typename Number>
NIBBLE_VNNI __m512i DepthwiseCodes<Number>::codes_of(const Block& block, const std::uint8_t* const* pixels,
                                                     const CodeLimits& limits) const {
  const __mmask64 here = first_bytes(block.channels);
  __m512i sums[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                     _mm512_setzero_si512()};
  const std::int8_t* weights = block.weights.data();
  const auto load = [&](std::size_t t)
                        NIBBLE_VNNI { return _mm512_maskz_loadu_epi8(here, pixels[t] + block.first); };
  for (std::size_t t = 0; t < taps_.size(); t += kTaps, weights += kTaps * kChannels) {
    const Fours fours = interleaved(load(t), load(t + 1), load(t + 2), load(t + 3));
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r)
      add_fours(sums[r], fours.registers[r], _mm512_loadu_si512(weights + r * kChannels));
  }
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) sums[r] = on_lines(sums[r], block.lines.of(r));
  return as_codes(sums[0], sums[1], sums[2], sums[3], limits);  // packing restores the order of the channels
}

// The codes of a row of outputs, whose windows begin at row `top` of the image.
template <typename Number>
NIBBLE_VNNI void DepthwiseCodes<Number>::run_row(const std::uint8_t* image, long top, Range parts,
                                                 std::uint8_t* codes) const {
  const CodeLimits limits = code_limits(lo_, hi_);
  std::vector<const std::uint8_t*> pixels(taps_.size());
  for (long i = 0; i < width_; ++i, codes += channels_) {
    find_pixels(image, top, i * problem_.geometry.stride.w - problem_.geometry.padding.w, pixels.data());
    for (long b = parts.begin; b < parts.end; ++b) {
      const Block& block = blocks_[static_cast<std::size_t>(b)];
      store_codes(codes_of(block, pixels.data(), limits), block.channels, codes + block.first);
    }
  }
}

template <typename Number>
void DepthwiseCodes<Number>::run(const std::uint8_t* x, Range rows, Range parts, std::uint8_t* codes) const {
  for (long row = rows.begin; row < rows.end; ++row) {
    const long top = row % height_ * problem_.geometry.stride.h - problem_.geometry.padding.h;
    run_row(x + row / height_ * problem_.image.count(), top, parts, codes + row * width_ * channels_);
  }
}

}  // namespace

bool depthwise_codes_fit(const IntegerConv2dProblem& problem) {
  const Shape& w = problem.weight;
  return has_vnni() && problem.geometry.groups == w[0] && w[0] == problem.image[2] && w[3] == 1;
}

std::unique_ptr<CodeProduct> depthwise_code_product(const IntegerConv2dProblem& problem,
                                                    const std::vector<std::int8_t>& weights,
                                                    const CodeLines& lines) {
  if (lines.wide) return std::make_unique<DepthwiseCodes<double>>(problem, weights, lines);
  return std::make_unique<DepthwiseCodes<float>>(problem, weights, lines);
}

#else

bool depthwise_codes_fit(const IntegerConv2dProblem&) { return false; }

std::unique_ptr<CodeProduct> depthwise_code_product(const IntegerConv2dProblem&,
                                                    const std::vector<std::int8_t>&, const CodeLines&) {
  fail("depthwise product: this processor has no byte products, expected depthwise_codes_fit to be asked");
}

#endif

}  // namespace nibble::kernels
