#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/random.h"
#include "core/shape.h"
#include "datasets/images/colour_jitter.h"
#include "datasets/images/jittered_crop.h"
#include "datasets/images/resized_crop.h"
#include "datasets/stream/targets.h"

namespace nibble {

/// The usual augmentation of small images: move the window of the network by up to `pad` pixels, with black
/// outside of the image, and mirror every other image. pad = 0 and flip = false leave images as they are.
/// With `resized_crop` or `jittered_crop`, a random part of the image fills the window instead.
struct Augmentation {
  int pad = 4;
  bool flip = true;
  std::optional<ResizedCrop> resized_crop{};
  std::optional<JitteredCrop> jittered_crop{};
  double mosaic = 0;  // share of samples that are made of four images (mosaic.h), each augmented by itself
  ColourJitter jitter{};
};

/// One draw of it: how far the window lies below and right of its place in the middle of the image
/// (−pad ≤ dy, dx ≤ pad), and whether the result is mirrored left to right.
struct Placement {
  int dy = 0;
  int dx = 0;
  bool mirrored = false;
};

/// Always three numbers of `rng`, whatever the options.
Placement draw_placement(const Augmentation& augmentation, Rng rng);

/// The row and column of an image where the window of the network starts. Without dy and dx it lies in the
/// middle:  top = (H − H') / 2 + dy, left = (W − W') / 2 + dx, divisions rounded toward zero.
///   image [H, W, C]   window [H', W', C]
struct Corner {
  long top = 0, left = 0;
};
Corner corner_of(const Shape& image, const Shape& window, const Placement& placement);

/// out(y, x) = pixels(top + y, left + x), 0 outside of the image, then mirrored left to right. Zero is raw
/// black, as torchvision's RandomCrop pads before it normalizes.
///   pixels [H, W, C]   out [H', W', C], not overlapping
void place(const std::uint8_t* pixels, const Shape& image, const Placement& placement, const Shape& window,
           std::uint8_t* out);
/// The same for a window whose corner is known.
void cut_out(const std::uint8_t* pixels, const Shape& image, const Corner& corner, bool mirrored,
             const Shape& window, std::uint8_t* out);
/// Left to right.  pixels [H, W, C]
void mirror(std::uint8_t* pixels, const Shape& image);

/// The boxes of an image in the coordinates of the window, after the same move and mirror. They end at the
/// window's borders; a box without a part inside is left out.
std::vector<Box> place(const std::vector<Box>& boxes, const Shape& image, const Placement& placement,
                       const Shape& window);
std::vector<Box> cut_out(const std::vector<Box>& boxes, const Corner& corner, bool mirrored,
                         const Shape& window);

}  // namespace nibble
