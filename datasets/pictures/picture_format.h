#pragma once

#include <string>
#include <string_view>

namespace nibble {

/// What a picture is, by its first bytes and never by the name of its file.
enum class PictureFormat { jpeg, png, other };
PictureFormat picture_format(std::string_view bytes);

/// For messages, after "found": "an empty file", "a GIF picture", "a text", "bytes of no picture known here".
std::string describe_bytes(std::string_view bytes);

/// What stands in front of the pixels.
struct PictureHeader {
  PictureFormat format = PictureFormat::other;
  long width = 0, height = 0;
};

/// Larger pictures are refused before memory is taken for them.
inline constexpr long kMaxPicturePixels = 200'000'000;

}  // namespace nibble
