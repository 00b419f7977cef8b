#pragma once

#include <cstdint>

#include "core/shape.h"

namespace nibble {

/// How pixels between pixels are found. Both widen their filter where an image shrinks (antialiasing).
enum class Interpolation { bilinear, bicubic };

/// A part of an image, in pixels.
struct Rectangle {
  long top = 0, left = 0;
  long height = 0, width = 0;
  bool operator==(const Rectangle&) const = default;
};

/// A rectangle of an image in memory: rows are `stride` bytes apart, channels innermost.
struct PixelView {
  const std::uint8_t* pixels = nullptr;
  long height = 0, width = 0, channels = 0;
  long stride = 0;
};
/// The whole of an image [H, W, C], or a rectangle inside of it.
PixelView view_of(const std::uint8_t* pixels, const Shape& image);
PixelView view_of(const std::uint8_t* pixels, const Shape& image, const Rectangle& part);

/// Scales an image to height x width and cuts `part` out of the result; nothing else of it is computed. Every
/// byte is the one that Pillow's Image.resize makes with BILINEAR or BICUBIC (Pillow 9.4, Resample.c):
/// weights are normalized in double and rounded to 22 bits behind the point, rows are scaled before columns,
/// and between the two stand bytes.
///   image 1 to 4 channels   part within [height, width]   out [part.height, part.width, C]
void resample(const PixelView& image, long height, long width, const Rectangle& part,
              Interpolation interpolation, std::uint8_t* out);

/// The slow twin: one loop after another, as the definition reads.
void resample_plainly(const PixelView& image, long height, long width, const Rectangle& part,
                      Interpolation interpolation, std::uint8_t* out);

}  // namespace nibble
