#pragma once

#include <string_view>

#include "datasets/pictures/jpeg.h"
#include "datasets/pictures/png_picture.h"

namespace nibble::fuzz {

/// A header may promise pixels by the million, which take long where everything is instrumented.
inline constexpr long kFewPixels = 1 << 16;

/// Whether the header of a JPEG or PNG picture promises few. Throws Error where there is none.
inline bool has_few_pixels(std::string_view file) {
  const bool jpeg = picture_format(file) == PictureFormat::jpeg;
  const PictureHeader header = jpeg ? read_jpeg_header(file, "picture") : read_png_header(file, "picture");
  return header.width <= kFewPixels / header.height;
}

}  // namespace nibble::fuzz
