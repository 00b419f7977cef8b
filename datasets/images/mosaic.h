#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/random.h"
#include "core/shape.h"
#include "datasets/images/resample.h"
#include "datasets/stream/targets.h"

namespace nibble {

/// Four images in one (Bochkovskiy et al. 2020, arXiv 2004.10934, section 3.4). The window is cut at a row
/// and a column; each of its parts shows a part as large of an image that would fill the window.
struct Mosaic {
  struct Part {
    Rectangle place;         // in the window
    long top = 0, left = 0;  // of what it shows, in its image
  };
  std::array<Part, 4> parts;  // upper left, upper right, lower left, lower right
};

/// One draw: both cuts from 1/5 to 4/5 of the window, evenly, and where each part lies in its image.
///   window [H, W, C], at least 5 x 5
Mosaic draw_mosaic(const Shape& window, Rng rng);

/// Copies one part of an image of the window's size to its place.   image, out [H, W, C], not overlapping
void show_part(const std::uint8_t* image, const Mosaic::Part& part, const Shape& window, std::uint8_t* out);

/// The boxes of that image in the mosaic. They end at the borders of the part; what is left of a box has to
/// be a pixel high and wide.
std::vector<Box> show_part(const std::vector<Box>& boxes, const Mosaic::Part& part);

}  // namespace nibble
