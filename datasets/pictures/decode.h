#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/array.h"
#include "datasets/pictures/picture_format.h"

namespace nibble {

struct DecodeOptions {
  long channels = 3;     // 1 or 3
  long enough = 0;       // of a JPEG's shorter side, as decode_jpeg has it; 0: the whole resolution
  bool upright = false;  // a JPEG is turned as the camera noted (orientation.h); a PNG never is
};

/// A JPEG or PNG picture, told by its content, as bytes [H, W, channels]. Grey becomes three equal channels;
/// colours become grey as in Pillow: (19595 R + 38470 G + 7471 B + 2^15) / 2^16. An Error that begins with
/// `name` says that it is damaged, or what it is instead.
Array<std::uint8_t> decode_picture(std::string_view bytes, const std::string& name,
                                   const DecodeOptions& options);

/// The same with the channels that it has, 1 or 3.
Array<std::uint8_t> decode_picture_as_stored(std::string_view bytes, const std::string& name,
                                             bool upright = false);

/// The same as decode_picture for a file. An Error names one that cannot be read.
Array<std::uint8_t> decode_picture_file(const std::string& path, const DecodeOptions& options);

/// The whole of a file; an Error names one that cannot be read.
std::string read_picture_file(const std::string& path);

/// What can be known of a file without decoding it. Its first few thousand bytes and its last ones are read,
/// whatever its size: its kind and its width and height must stand in front, and the mark of the end must
/// come last. Where that is not so, the file is decoded, which has the last word. So a missing, empty,
/// foreign or cut file is found, and damage in the middle is not.
struct PictureFacts {
  long bytes = 0;              // of the file
  long height = 0, width = 0;  // as decode_picture has them
};
PictureFacts inspect_picture_file(const std::string& path, bool upright = false);

}  // namespace nibble
