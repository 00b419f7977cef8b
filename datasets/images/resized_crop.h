#pragma once

#include "core/random.h"
#include "core/shape.h"
#include "datasets/images/resample.h"

namespace nibble {

/// The augmentation with which networks for ImageNet are trained (Szegedy et al. 2014, torchvision's
/// RandomResizedCrop): a part of the image of random area and shape, scaled to the window.
struct ResizedCrop {
  double smallest_share = 0.08;   // of the image's area, above 0 to 1; the largest is all of it
  double widest_ratio = 4.0 / 3;  // width to height, and height to width, at most; from 1
};

/// One draw: ten times an area, evenly, and a ratio, evenly in its logarithm; the first rectangle that fits
/// lies anywhere. If none fits, the largest one in the middle whose ratio is allowed.
///   image [H, W, C]
Rectangle draw_resized_crop(const Shape& image, const ResizedCrop& options, Rng rng);

}  // namespace nibble
