#pragma once

#include <cstdint>
#include <vector>

#include "datasets/images/augment.h"
#include "datasets/images/resample.h"

namespace nibble {

/// How images of any size come to the window that the network reads.
struct Fitting {
  long shorter_side = 0;  // the shorter side is scaled to it before the window is cut out; 0: not scaled
  Interpolation interpolation = Interpolation::bilinear;
  // Instead, both sides are scaled to the window's, whatever that does to shapes, as darknet does
  // (stretch.h).
  bool stretched = false;
};

/// The size at which the window is cut out of an image: [H', W', C], the longer side ⌊shorter_side · longer /
/// shorter⌋ as torchvision's Resize has it. Not of a stretched one.
Shape fitted_shape(const Shape& image, const Fitting& fitting);

/// The corner of the window in an image at that size. In one that was scaled, the middle is torchvision's:
/// (H' − H″) / 2 rounded to the nearest, a half to the even number. In one that was not, corner_of's.
Corner corner_of(const Shape& image, const Fitting& fitting, const Shape& window, const Placement& placement);

/// Scales an image, cuts the window out, black outside of the image, and mirrors it.
///   pixels [H, W, C]   out [H″, W″, C], not overlapping
void fit(const std::uint8_t* pixels, const Shape& image, const Fitting& fitting, const Placement& placement,
         const Shape& window, std::uint8_t* out);
/// The boxes of an image in the coordinates of the window, as `place` has them.
std::vector<Box> fit(const std::vector<Box>& boxes, const Shape& image, const Fitting& fitting,
                     const Placement& placement, const Shape& window);

/// Scales a rectangle of an image to the window and mirrors it.
void fit(const std::uint8_t* pixels, const Shape& image, const Rectangle& part, Interpolation interpolation,
         bool mirrored, const Shape& window, std::uint8_t* out);
std::vector<Box> fit(const std::vector<Box>& boxes, const Rectangle& part, bool mirrored,
                     const Shape& window);

}  // namespace nibble
