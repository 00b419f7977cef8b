#include "core/kernels/integer/depthwise_product.h"

#include <algorithm>

#include "core/kernels/integer/interleaved_bytes.h"

#ifdef __x86_64__

namespace nibble::kernels {
namespace {

constexpr long kBlock = 64;  // channels at a time

// Restores the order of the channels: a transposition of 4 x 4 quarters.
NIBBLE_VNNI inline void in_order(const __m512i sums[4], __m512i ordered[4]) {
  const __m512i a = _mm512_shuffle_i32x4(sums[0], sums[1], 0x44),
                b = _mm512_shuffle_i32x4(sums[2], sums[3], 0x44);
  const __m512i c = _mm512_shuffle_i32x4(sums[0], sums[1], 0xee),
                d = _mm512_shuffle_i32x4(sums[2], sums[3], 0xee);
  ordered[0] = _mm512_shuffle_i32x4(a, b, 0x88);
  ordered[1] = _mm512_shuffle_i32x4(a, b, 0xdd);
  ordered[2] = _mm512_shuffle_i32x4(c, d, 0x88);
  ordered[3] = _mm512_shuffle_i32x4(c, d, 0xdd);
}

class Depthwise : public IntegerProduct {
 public:
  Depthwise(const IntegerWeights& weights, const Conv2dGeometry& geometry);
  void run(const std::uint8_t* x, const Shape& shape, std::int32_t* sums) const override;

 private:
  struct Tap {
    long h, w;
  };

  NIBBLE_VNNI void run_row(const std::uint8_t* const* pixels, long positions, std::int32_t* sums) const;

  Shape weight_;
  Conv2dGeometry geometry_;
  std::vector<Tap> taps_;             // a multiple of four; the last tap repeats with a weight of zero
  std::vector<std::int8_t> weights_;  // [blocks of channels, fours of taps, 4 registers, 16 lanes, 4 taps]
};

Depthwise::Depthwise(const IntegerWeights& weights, const Conv2dGeometry& geometry)
    : weight_(weights.shape), geometry_(geometry) {
  const long channels = weight_[0], real_taps = weight_[1] * weight_[2];
  const long taps = (real_taps + 3) / 4 * 4, blocks = (channels + kBlock - 1) / kBlock;
  for (long t = 0; t < taps; ++t) {
    const long real = std::min(t, real_taps - 1);
    taps_.push_back({real / weight_[2], real % weight_[2]});
  }
  weights_.resize(static_cast<std::size_t>(blocks * taps * kBlock));
  for (long c = 0; c < channels; ++c) {
    for (long t = 0; t < real_taps; ++t) {
      const long in_block = lane_of(c % kBlock) * 4 + t % 4;
      weights_[static_cast<std::size_t>((c / kBlock * taps + t / 4 * 4) * kBlock + in_block)] =
          weights.codes[static_cast<std::size_t>(c * real_taps + t)];
    }
  }
}

// Computes a row of outputs. pixels: the pixel that each tap reads for the first output.
void Depthwise::run_row(const std::uint8_t* const* pixels, long positions, std::int32_t* sums) const {
  const long channels = weight_[0], taps = static_cast<long>(taps_.size());
  const long step = geometry_.stride.w * channels;
  for (long first = 0; first < channels; first += kBlock) {
    const long count = std::min(kBlock, channels - first);
    const __mmask64 here = first_bytes(count);
    const std::int8_t* const weights = weights_.data() + first * taps;
    for (long i = 0; i < positions; ++i) {
      __m512i total[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                          _mm512_setzero_si512()};
      for (long t = 0; t < taps; t += 4) {
        __m512i codes[4];
        for (int k = 0; k < 4; ++k)
          codes[k] = _mm512_maskz_loadu_epi8(here, pixels[t + k] + i * step + first);
        const Fours fours = interleaved(codes[0], codes[1], codes[2], codes[3]);
        for (int r = 0; r < 4; ++r) {
          total[r] = _mm512_dpbusd_epi32(total[r], fours.registers[r],
                                         _mm512_loadu_si512(weights + (t + r) * kBlock));
        }
      }
      __m512i ordered[4];
      in_order(total, ordered);
      std::int32_t* const into = sums + i * channels + first;
      for (int r = 0; r < 4 && 16 * r < count; ++r) {
        const auto lanes = static_cast<__mmask16>(here >> (16 * r));
        if (lanes == 0xffff) {
          _mm512_storeu_si512(into + 16 * r, ordered[r]);
        } else {
          _mm512_mask_storeu_epi32(into + 16 * r, lanes, ordered[r]);
        }
      }
    }
  }
}

void Depthwise::run(const std::uint8_t* x, const Shape& shape, std::int32_t* sums) const {
  const Shape y = conv2d_output_shape(shape, weight_, geometry_, "integer product");
  std::vector<const std::uint8_t*> pixels(taps_.size());
  for (long n = 0; n < y[0]; ++n) {
    for (long oh = 0; oh < y[1]; ++oh, sums += y[2] * y[3]) {
      for (std::size_t t = 0; t < taps_.size(); ++t) {
        const long h = oh * geometry_.stride.h + taps_[t].h * geometry_.dilation.h;
        pixels[t] = x + ((n * shape[1] + h) * shape[2] + taps_[t].w * geometry_.dilation.w) * shape[3];
      }
      run_row(pixels.data(), y[2], sums);
    }
  }
}

}  // namespace

bool depthwise_fits(const IntegerWeights& weights, const Conv2dGeometry& geometry) {
  return has_vnni() && geometry.groups > 1 && geometry.groups == weights.shape[0] && weights.shape[3] == 1;
}

std::unique_ptr<IntegerProduct> depthwise_product(const IntegerWeights& weights,
                                                  const Conv2dGeometry& geometry) {
  return std::make_unique<Depthwise>(weights, geometry);
}

}  // namespace nibble::kernels

#else

#include "core/check.h"

namespace nibble::kernels {

bool depthwise_fits(const IntegerWeights&, const Conv2dGeometry&) { return false; }

std::unique_ptr<IntegerProduct> depthwise_product(const IntegerWeights&, const Conv2dGeometry&) {
  fail("depthwise product: this processor has no byte products, expected depthwise_fits to be asked");
}

}  // namespace nibble::kernels

#endif
