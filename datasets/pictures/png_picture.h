#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/array.h"
#include "datasets/pictures/picture_format.h"

namespace nibble {

// PNG by libpng. `name` begins every Error: the file, or the place in one.

/// Width and height; the first 33 bytes of a file do. An Error says what is wrong.
PictureHeader read_png_header(std::string_view bytes, const std::string& name);

/// Pixels [H, W, 3], red first, or [H, W, 1] of a grey picture. As in Pillow's convert("RGB"), a palette
/// becomes colours, fewer bits become 8 over the whole range, of 16 bits the upper 8 remain, and transparency
/// is left out. An Error refuses a picture that ends early or whose checksums do not fit.
Array<std::uint8_t> decode_png(std::string_view bytes, const std::string& name);

/// A PNG file of pixels [H, W, 3] or [H, W, 1].
std::string encode_png(const Array<std::uint8_t>& pixels);

}  // namespace nibble
