#pragma once

#include <cstdint>
#include <string_view>

#include "core/array.h"

namespace nibble {

// How a camera was held, as it notes it in a JPEG (EXIF, tag 0x0112).

/// 1 to 8; 1, which is upright, where nothing is noted or the notes are damaged.
int exif_orientation(std::string_view jpeg);

/// Pixels [H, W, C] turned and mirrored as a viewer shows them: Pillow's ImageOps.exif_transpose. From 5 on
/// height and width change places.
Array<std::uint8_t> turned_upright(const Array<std::uint8_t>& pixels, int orientation);

}  // namespace nibble
