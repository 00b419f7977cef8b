#pragma once

#include <cstdint>

#include "core/random.h"
#include "core/shape.h"
#include "datasets/images/resample.h"

namespace nibble {

/// The crop with which detectors of darknet's family are trained: each side of the image moves outwards or
/// inwards by up to `share` of the image's extent, so that objects grow, shrink and change their shape.
struct JitteredCrop {
  double share = 0.2;  // from 0 to below 0.5
};

/// One draw: left, right, top and bottom side, evenly. The rectangle may reach beyond the image.
///   image [H, W, C]
Rectangle draw_jittered_crop(const Shape& image, const JitteredCrop& options, Rng rng);

/// Stretches a rectangle, which may reach beyond the image, to the window (stretch.h), and mirrors it.
/// Outside of the image stands the mean colour of the part inside, rounded down, as darknet has it; grey
/// where no part is inside.
///   pixels [H, W, C]   out [H', W', C], not overlapping
void stretch_part(const std::uint8_t* pixels, const Shape& image, const Rectangle& part, bool mirrored,
                  const Shape& window, std::uint8_t* out);

}  // namespace nibble
