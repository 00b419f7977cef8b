#pragma once

#include <cstdint>
#include <string>

#include "core/array.h"
#include "datasets/files/digest.h"

namespace nibble {

/// An image [height, width, channels] that no filter leaves as it is:
/// (37 x + 91 y + 53 c + x y (c + 1)) mod 256.
inline Array<std::uint8_t> pattern(long height, long width, long channels) {
  Array<std::uint8_t> image({height, width, channels});
  std::uint8_t* at = image.data();
  for (long y = 0; y < height; ++y)
    for (long x = 0; x < width; ++x)
      for (long c = 0; c < channels; ++c)
        *at++ = static_cast<std::uint8_t>(37 * x + 91 * y + 53 * c + x * y * (c + 1));
  return image;
}

inline std::string md5_of(const Array<std::uint8_t>& image) {
  return md5_of(
      std::string_view(reinterpret_cast<const char*>(image.data()), static_cast<std::size_t>(image.size())));
}

}  // namespace nibble
