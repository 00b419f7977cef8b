#include "datasets/images/augment.h"

#include <algorithm>

namespace nibble {

Placement draw_placement(const Augmentation& augmentation, Rng rng) {
  const auto window = static_cast<std::uint64_t>(2 * augmentation.pad + 1);
  Placement placement;
  placement.dy = static_cast<int>(rng.below(window)) - augmentation.pad;
  placement.dx = static_cast<int>(rng.below(window)) - augmentation.pad;
  placement.mirrored = rng.below(2) == 1 && augmentation.flip;
  return placement;
}

void place(const std::uint8_t* image, const Shape& sample, const Placement& placement, std::uint8_t* out) {
  const long height = sample[0], width = sample[1], channels = sample[2];
  // Columns begin ≤ x < end of the window lie inside of the image.
  const long begin = std::clamp<long>(-placement.dx, 0, width);
  const long end = std::clamp<long>(width - placement.dx, begin, width);
  for (long y = 0; y < height; ++y) {
    std::uint8_t* const row = out + y * width * channels;
    const long from = y + placement.dy;
    if (from < 0 || from >= height || begin == end) {
      std::fill_n(row, width * channels, std::uint8_t{0});
      continue;
    }
    std::fill_n(row, begin * channels, std::uint8_t{0});
    std::copy_n(image + (from * width + begin + placement.dx) * channels, (end - begin) * channels,
                row + begin * channels);
    std::fill_n(row + end * channels, (width - end) * channels, std::uint8_t{0});
    if (placement.mirrored) {
      for (long left = 0, right = width - 1; left < right; ++left, --right) {
        std::swap_ranges(row + left * channels, row + (left + 1) * channels, row + right * channels);
      }
    }
  }
}

}  // namespace nibble
