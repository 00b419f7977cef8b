#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/array.h"
#include "datasets/pictures/picture_format.h"

namespace nibble {

// JPEG by libjpeg-turbo, with its accurate transform and its smooth upsampling, as Pillow uses it. `name`
// begins every Error: the file, or the place in one.

/// Width and height; the first bytes of a file do, if they reach the pixels. An Error says what is wrong.
PictureHeader read_jpeg_header(std::string_view bytes, const std::string& name);

/// Pixels [H, W, 3], red first, or [H, W, 1] of a grey picture. Colours in CMYK and YCCK, stored inverted as
/// Adobe's programs do, become RGB as in Pillow: (255 − c) · (255 − k) / 255. The orientation that a camera
/// noted is not applied. An Error refuses a picture that ends early or has damaged data; bytes that are
/// merely too many are passed over.
///   enough   0: the whole resolution. Else one of its eighths at which the shorter side has still at least
///            so many pixels (libjpeg-turbo scales while it decodes), the smallest one that there is.
Array<std::uint8_t> decode_jpeg(std::string_view bytes, const std::string& name, long enough = 0);

/// A JPEG file of pixels [H, W, 3] or [H, W, 1]; colour in full resolution.
///   quality 1 to 100, as libjpeg counts
std::string encode_jpeg(const Array<std::uint8_t>& pixels, int quality);

}  // namespace nibble
