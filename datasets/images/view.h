#pragma once

#include <cstdint>
#include <vector>

#include "datasets/images/augment.h"
#include "datasets/images/resample.h"

namespace nibble {

/// What of an image the window shows.
enum class Filling {
  cut,        // a part of it
  stretch,    // the whole: both sides are scaled to the window's, whatever that does to shapes (stretch.h)
  letterbox,  // the whole in its own shape, grey above and below or left and right
};

/// How images of any size come to the window that the network reads.
struct Fitting {
  long shorter_side = 0;  // the shorter side is scaled to it before the window is cut out; 0: not scaled
  Interpolation interpolation = Interpolation::bilinear;
  Filling filling = Filling::cut;  // the others, which darknet has, need neither of those above
};

/// The size at which the window is cut out of an image: [H', W', C], the longer side ⌊shorter_side · longer /
/// shorter⌋ as torchvision's Resize has it. Not of one that is shown whole.
Shape fitted_shape(const Shape& image, const Fitting& fitting);

/// Where the window shows an image of which it shows the whole. A letterbox is darknet's (image.c,
/// letterbox_image): one side is the window's, the other ⌊side · window / image⌋ but at least 1, and the
/// larger half of an odd border stands behind.
Rectangle frame_of(const Shape& image, Filling filling, const Shape& window);
/// The part of an image, or more than it, that has the window's shape around a rectangle, as a letterbox
/// shows it: the rectangle grows on both sides.
Rectangle in_shape_of(const Shape& window, const Rectangle& part);

/// The corner of the window in an image at that size. In one that was scaled, the middle is torchvision's:
/// (H' − H″) / 2 rounded to the nearest, a half to the even number. In one that was not, corner_of's.
Corner corner_of(const Shape& image, const Fitting& fitting, const Shape& window, const Placement& placement);

/// Scales an image, cuts the window out, black outside of the image, and mirrors it. The border of a
/// letterbox is 128, darknet's 0.5.
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
