#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/array.h"
#include "datasets/images/image_set.h"

namespace nibble {

/// Pictures in rows on a dark sheet, each with a line of text below, as pixels [H, W, 3]. Small pictures are
/// shown larger, each of their pixels as a square, so that the text has room. Letters beyond ASCII become
/// '?'; a text that is too long ends in "..".
///   pictures [n, h, w, C], C = 1 or 3; n from 1   texts n
Array<std::uint8_t> contact_sheet(const Array<std::uint8_t>& pictures, const std::vector<std::string>& texts);

/// The bytes that became the numbers of a batch: the inverse of pixel_table, exact.
///   x [n, h, w, C]
Array<std::uint8_t> bytes_of(const ImageSet& images, const Tensor& x);

}  // namespace nibble
