#include "datasets/images/resized_crop.h"

#include <algorithm>
#include <cmath>

namespace nibble {
namespace {

constexpr int kAttempts = 10;

long nearest(double x) { return std::lrint(x); }

// Of the whole, with a ratio that is allowed.
Rectangle largest_in_the_middle(long height, long width, double widest) {
  const double ratio = static_cast<double>(width) / static_cast<double>(height);
  long h = height, w = width;
  if (ratio > widest) w = nearest(static_cast<double>(h) * widest);
  if (ratio < 1 / widest) h = nearest(static_cast<double>(w) * widest);
  return {(height - h) / 2, (width - w) / 2, h, w};
}

}  // namespace

Rectangle draw_resized_crop(const Shape& image, const ResizedCrop& options, Rng rng) {
  const long height = image[0], width = image[1];
  const auto area = static_cast<double>(height * width);
  const double widest = std::log(options.widest_ratio);
  for (int i = 0; i < kAttempts; ++i) {
    const double share =
        options.smallest_share + (1 - options.smallest_share) * static_cast<double>(rng.uniform());
    const double ratio = std::exp((2 * static_cast<double>(rng.uniform()) - 1) * widest);
    const long w = nearest(std::sqrt(area * share * ratio)), h = nearest(std::sqrt(area * share / ratio));
    if (w < 1 || h < 1 || w > width || h > height) continue;
    const auto top = static_cast<long>(rng.below(static_cast<std::uint64_t>(height - h + 1)));
    const auto left = static_cast<long>(rng.below(static_cast<std::uint64_t>(width - w + 1)));
    return {top, left, h, w};
  }
  return largest_in_the_middle(height, width, options.widest_ratio);
}

}  // namespace nibble
