#pragma once

#include <cstdint>

#include "core/random.h"
#include "core/shape.h"

namespace nibble {

/// How much the light of an image changes: a factor is drawn evenly from 1 − x to 1 + x, not below 0, for
/// each x > 0; for the hue a turn from −x to x of the whole circle. Steps come in a random order.
struct ColourJitter {
  double brightness = 0, contrast = 0, saturation = 0;
  double hue = 0;  // at most 0.5

  bool none() const { return brightness == 0 && contrast == 0 && saturation == 0 && hue == 0; }
};

/// Changes pixels in place.   pixels [H, W, C], C = 1 or 3; grey ones have no saturation and no hue
void jitter(std::uint8_t* pixels, const Shape& image, const ColourJitter& options, Rng rng);

// The steps, with the bytes of Pillow's ImageEnhance: pixels are moved from what they would be at factor 0
// (black; the mean brightness; grey) by the factor, and cut off below and above.
void change_brightness(std::uint8_t* pixels, const Shape& image, float factor);
void change_contrast(std::uint8_t* pixels, const Shape& image, float factor);
void change_saturation(std::uint8_t* pixels, const Shape& image, float factor);
/// The bytes of torchvision's adjust_hue: to Pillow's HSV in bytes, hue + ⌊255 · turn⌋ towards zero, and
/// back.
void change_hue(std::uint8_t* pixels, const Shape& image, float turn);

}  // namespace nibble
