// The definition of resample, loop by loop.

#include <vector>

#include "datasets/images/resample_weights.h"

namespace nibble {
namespace {

constexpr std::int32_t kHalf = std::int32_t{1} << (kWeightBits - 1);

}  // namespace

void resample_plainly(const PixelView& image, long height, long width, const Rectangle& part,
                      Interpolation interpolation, std::uint8_t* out) {
  const long channels = image.channels, bottom = part.top + part.height, right = part.left + part.width;
  const ResampleWeights across(image.width, width, part.left, right, interpolation);
  const ResampleWeights down(image.height, height, part.top, bottom, interpolation);
  std::vector<std::uint8_t> scaled_rows(static_cast<std::size_t>(image.height * part.width * channels));
  const auto scaled = [&](long y, long x, long c) -> std::uint8_t& {
    return scaled_rows[static_cast<std::size_t>((y * part.width + x - part.left) * channels + c)];
  };
  for (long y = down.begin(); y < down.end(); ++y) {
    for (long x = part.left; x < right; ++x) {
      for (long c = 0; c < channels; ++c) {
        std::int32_t sum = kHalf;
        for (long k = 0; k < across.taps(x); ++k)
          sum += across.weights(x)[k] * image.pixels[y * image.stride + (across.first(x) + k) * channels + c];
        scaled(y, x, c) = byte_of_sum(sum);
      }
    }
  }
  for (long y = part.top; y < bottom; ++y) {
    for (long x = part.left; x < right; ++x) {
      for (long c = 0; c < channels; ++c) {
        std::int32_t sum = kHalf;
        for (long k = 0; k < down.taps(y); ++k) sum += down.weights(y)[k] * scaled(down.first(y) + k, x, c);
        *out++ = byte_of_sum(sum);
      }
    }
  }
}

}  // namespace nibble
