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

Corner corner_of(const Shape& image, const Shape& window, const Placement& placement) {
  return {(image[0] - window[0]) / 2 + placement.dy, (image[1] - window[1]) / 2 + placement.dx};
}

void place(const std::uint8_t* pixels, const Shape& image, const Placement& placement, const Shape& window,
           std::uint8_t* out) {
  cut_out(pixels, image, corner_of(image, window, placement), placement.mirrored, window, out);
}

void mirror(std::uint8_t* pixels, const Shape& image) {
  const long width = image[1], channels = image[2];
  for (long y = 0; y < image[0]; ++y, pixels += width * channels) {
    for (long first = 0, last = width - 1; first < last; ++first, --last)
      std::swap_ranges(pixels + first * channels, pixels + (first + 1) * channels, pixels + last * channels);
  }
}

void cut_out(const std::uint8_t* pixels, const Shape& image, const Corner& corner, bool mirrored,
             const Shape& window, std::uint8_t* out) {
  const long height = window[0], width = window[1], channels = window[2];
  const auto [top, left] = corner;
  // Columns begin ≤ x < end of the window lie inside of the image.
  const long begin = std::clamp<long>(-left, 0, width);
  const long end = std::clamp<long>(image[1] - left, begin, width);
  for (long y = 0; y < height; ++y) {
    std::uint8_t* const row = out + y * width * channels;
    const long from = top + y;
    if (from < 0 || from >= image[0] || begin == end) {
      std::fill_n(row, width * channels, std::uint8_t{0});
      continue;
    }
    std::fill_n(row, begin * channels, std::uint8_t{0});
    std::copy_n(pixels + (from * image[1] + left + begin) * channels, (end - begin) * channels,
                row + begin * channels);
    std::fill_n(row + end * channels, (width - end) * channels, std::uint8_t{0});
  }
  if (mirrored) mirror(out, window);
}

std::vector<Box> place(const std::vector<Box>& boxes, const Shape& image, const Placement& placement,
                       const Shape& window) {
  return cut_out(boxes, corner_of(image, window, placement), placement.mirrored, window);
}

std::vector<Box> cut_out(const std::vector<Box>& boxes, const Corner& corner, bool mirrored,
                         const Shape& window) {
  const auto [top, left] = corner;
  const float height = static_cast<float>(window[0]), width = static_cast<float>(window[1]);
  std::vector<Box> placed;
  for (const Box& box : boxes) {
    const float y = box.y - static_cast<float>(top), x = box.x - static_cast<float>(left);
    Box inside = box;
    inside.x = std::max(x, 0.0f);
    inside.y = std::max(y, 0.0f);
    inside.w = std::min(x + box.w, width) - inside.x;
    inside.h = std::min(y + box.h, height) - inside.y;
    if (inside.w <= 0 || inside.h <= 0) continue;
    if (mirrored) inside.x = width - inside.x - inside.w;
    placed.push_back(inside);
  }
  return placed;
}

}  // namespace nibble
