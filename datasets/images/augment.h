#pragma once

#include <cstdint>

#include "core/random.h"
#include "core/shape.h"

namespace nibble {

/// The usual augmentation of small images: pad with `pad` black pixels, cut out a random window of the
/// original size, mirror every other image. pad = 0 and flip = false leave images as they are.
struct Augmentation {
  int pad = 4;
  bool flip = true;
};

/// One draw of it: the window starts dy rows below and dx columns right of the image (−pad ≤ dy, dx ≤ pad).
struct Placement {
  int dy = 0;
  int dx = 0;
  bool mirrored = false;
};

/// Always three numbers of `rng`, whatever the options.
Placement draw_placement(const Augmentation& augmentation, Rng rng);

/// out(y, x) = image(y + dy, x + dx), 0 outside of the image, then mirrored left to right. Zero is raw black,
/// as torchvision's RandomCrop pads before it normalizes. image, out: [H, W, C], not overlapping.
void place(const std::uint8_t* image, const Shape& sample, const Placement& placement, std::uint8_t* out);

}  // namespace nibble
