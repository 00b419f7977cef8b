#include "datasets/images/stretch.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/check.h"

namespace nibble {
namespace {

constexpr int kOne = 1 << 11;  // a weight of 1

// What a pixel of the result is made of along one axis: pixel `first` and the one behind it.
struct Tap {
  long first, second;
  int weight_first, weight_second;
};

// To the nearest, a half to the even number.
int weight_of(float share) { return static_cast<int>(std::nearbyint(share * static_cast<float>(kOne))); }

std::vector<Tap> taps_of(long from, long to, bool keeps_shares) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  std::vector<Tap> taps;
  for (long i = 0; i < to; ++i) {
    float place = static_cast<float>((static_cast<double>(i) + 0.5) * scale - 0.5);
    long first = static_cast<long>(std::floor(place));
    place -= static_cast<float>(first);
    // Columns beyond the border lose their share; rows keep it, with equal pixels on both sides.
    if (!keeps_shares && (first < 0 || first >= from - 1)) place = 0;
    const auto inside = [from](long at) { return std::clamp(at, 0L, from - 1); };
    taps.push_back({inside(first), inside(first + 1), weight_of(1 - place), weight_of(place)});
  }
  return taps;
}

void halve(const PixelView& image, long height, long width, std::uint8_t* out) {
  for (long y = 0; y < height; ++y) {
    const std::uint8_t* const upper = image.pixels + 2 * y * image.stride;
    const std::uint8_t* const lower = upper + image.stride;
    for (long x = 0; x < width; ++x) {
      for (long c = 0; c < image.channels; ++c) {
        const long left = 2 * x * image.channels + c, right = left + image.channels;
        *out++ =
            static_cast<std::uint8_t>((upper[left] + upper[right] + lower[left] + lower[right] + 2) >> 2);
      }
    }
  }
}

}  // namespace

void stretch(const PixelView& image, long height, long width, std::uint8_t* out) {
  check(image.height > 0 && image.width > 0 && height > 0 && width > 0, "stretch: found an image of ",
        image.height, " x ", image.width, " to become ", height, " x ", width, ", expected at least 1 x 1");
  if (image.height == 2 * height && image.width == 2 * width) {
    halve(image, height, width, out);
    return;
  }
  const std::vector<Tap> across = taps_of(image.width, width, false),
                         down = taps_of(image.height, height, true);
  const long channels = image.channels, row = width * channels;
  std::vector<int> upper(static_cast<std::size_t>(row)), lower(upper.size());
  const auto scale_row = [&](long y, std::vector<int>& into) {
    const std::uint8_t* const from = image.pixels + y * image.stride;
    int* to = into.data();
    for (const Tap& tap : across) {
      for (long c = 0; c < channels; ++c)
        *to++ = from[tap.first * channels + c] * tap.weight_first +
                from[tap.second * channels + c] * tap.weight_second;
    }
  };
  for (long y = 0; y < height; ++y) {
    const Tap& tap = down[static_cast<std::size_t>(y)];
    scale_row(tap.first, upper);
    scale_row(tap.second, lower);
    for (std::size_t i = 0; i < upper.size(); ++i) {
      const int sum =
          ((tap.weight_first * (upper[i] >> 4)) >> 16) + ((tap.weight_second * (lower[i] >> 4)) >> 16);
      *out++ = static_cast<std::uint8_t>((sum + 2) >> 2);
    }
  }
}

}  // namespace nibble
