#include "datasets/images/jittered_crop.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/scratch.h"
#include "datasets/images/augment.h"
#include "datasets/images/stretch.h"

namespace nibble {
namespace {

constexpr std::uint8_t kGrey = 128;

std::vector<std::uint8_t> mean_colour(const PixelView& image) {
  std::vector<long> sums(static_cast<std::size_t>(image.channels));
  for (long y = 0; y < image.height; ++y) {
    const std::uint8_t* pixel = image.pixels + y * image.stride;
    for (long x = 0; x < image.width; ++x) {
      for (long& sum : sums) sum += *pixel++;
    }
  }
  std::vector<std::uint8_t> mean;
  for (const long sum : sums) mean.push_back(static_cast<std::uint8_t>(sum / (image.height * image.width)));
  return mean;
}

// The part of a rectangle that lies in the image.
Rectangle inside(const Rectangle& part, const Shape& image) {
  const long top = std::clamp(part.top, 0L, image[0]), left = std::clamp(part.left, 0L, image[1]);
  return {top, left, std::clamp(part.top + part.height, top, image[0]) - top,
          std::clamp(part.left + part.width, left, image[1]) - left};
}

}  // namespace

Rectangle draw_jittered_crop(const Shape& image, const JitteredCrop& options, Rng rng) {
  const auto moved = [&](long extent) {
    const double furthest = options.share * static_cast<double>(extent);
    return std::lround((2 * static_cast<double>(rng.uniform()) - 1) * furthest);
  };
  const long left = moved(image[1]), right = moved(image[1]), top = moved(image[0]), bottom = moved(image[0]);
  return {top, left, std::max(1L, image[0] - top - bottom), std::max(1L, image[1] - left - right)};
}

void stretch_part(const std::uint8_t* pixels, const Shape& image, const Rectangle& part, bool mirrored,
                  const Shape& window, std::uint8_t* out) {
  const Rectangle seen = inside(part, image);
  if (seen == part) {
    stretch(view_of(pixels, image, part), window[0], window[1], out);
  } else {
    const long channels = image[2];
    const bool empty = seen.height == 0 || seen.width == 0;
    const std::vector<std::uint8_t> ground = empty ? std::vector(static_cast<std::size_t>(channels), kGrey)
                                                   : mean_colour(view_of(pixels, image, seen));
    const Shape whole{part.height, part.width, channels};
    Scratch<std::uint8_t> canvas(whole.count());
    for (long i = 0; i < whole.count(); i += channels)
      std::copy(ground.begin(), ground.end(), canvas.data() + i);
    for (long y = 0; y < seen.height && !empty; ++y) {
      std::copy_n(
          pixels + ((seen.top + y) * image[1] + seen.left) * channels, seen.width * channels,
          canvas.data() + ((seen.top - part.top + y) * part.width + seen.left - part.left) * channels);
    }
    stretch(view_of(canvas.data(), whole), window[0], window[1], out);
  }
  if (mirrored) mirror(out, window);
}

}  // namespace nibble
