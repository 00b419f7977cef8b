#include "datasets/images/mosaic.h"

#include <algorithm>

#include "datasets/images/augment.h"

namespace nibble {
namespace {

// From 1/5 to 4/5.
long draw_cut(long extent, Rng& rng) {
  const long first = (extent + 4) / 5, last = extent * 4 / 5;
  return first + static_cast<long>(rng.below(static_cast<std::uint64_t>(last - first + 1)));
}

}  // namespace

Mosaic draw_mosaic(const Shape& window, Rng rng) {
  const long height = window[0], width = window[1];
  const long row = draw_cut(height, rng), column = draw_cut(width, rng);
  Mosaic mosaic{{{{{0, 0, row, column}},
                  {{0, column, row, width - column}},
                  {{row, 0, height - row, column}},
                  {{row, column, height - row, width - column}}}}};
  for (Mosaic::Part& part : mosaic.parts) {
    part.top = static_cast<long>(rng.below(static_cast<std::uint64_t>(height - part.place.height + 1)));
    part.left = static_cast<long>(rng.below(static_cast<std::uint64_t>(width - part.place.width + 1)));
  }
  return mosaic;
}

void show_part(const std::uint8_t* image, const Mosaic::Part& part, const Shape& window, std::uint8_t* out) {
  const long width = window[1], channels = window[2];
  for (long y = 0; y < part.place.height; ++y) {
    std::copy_n(image + ((part.top + y) * width + part.left) * channels, part.place.width * channels,
                out + ((part.place.top + y) * width + part.place.left) * channels);
  }
}

std::vector<Box> show_part(const std::vector<Box>& boxes, const Mosaic::Part& part) {
  std::vector<Box> shown =
      cut_out(boxes, {part.top, part.left}, false, {part.place.height, part.place.width, 1});
  std::erase_if(shown, [](const Box& box) { return box.w < 1 || box.h < 1; });
  for (Box& box : shown) {
    box.x += static_cast<float>(part.place.left);
    box.y += static_cast<float>(part.place.top);
  }
  return shown;
}

}  // namespace nibble
