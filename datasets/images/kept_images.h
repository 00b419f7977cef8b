#pragma once

#include "datasets/images/image_source.h"

namespace nibble {

/// The same split, with images kept in memory once they have been made, as long as they have room in so many
/// bytes together. Augmentation that shows an image often, as a mosaic does, decodes it once then.
Split kept_in_memory(const Split& split, std::size_t bytes);

}  // namespace nibble
