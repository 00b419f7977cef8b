#pragma once

#include <vector>

#include "core/array.h"
#include "datasets/images/image_set.h"

namespace nibble {

/// How much smaller a picture of this size is shown to be at most `side` pixels high and wide: at most 1.
double shrinking(const Shape& sample, long side);

/// A picture of a split as the network saw it, made smaller by that: [H, W, 3], red first.
Array<std::uint8_t> small_picture(const ImageSet& images, const Split& split, long number, long side);

/// Pictures [H, W, 3] of one size as one array [n, H, W, 3]; empty for none.
Array<std::uint8_t> stacked(const std::vector<Array<std::uint8_t>>& pictures);

}  // namespace nibble
