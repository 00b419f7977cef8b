#include "datasets/pictures/picture_format.h"

#include <algorithm>
#include <utility>

namespace nibble {

using namespace std::string_view_literals;

PictureFormat picture_format(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xD8\xFF"sv)) return PictureFormat::jpeg;
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return PictureFormat::png;
  return PictureFormat::other;
}

std::string describe_bytes(std::string_view bytes) {
  if (bytes.empty()) return "an empty file";
  static constexpr std::pair<std::string_view, const char*> kKnown[] = {
      {"GIF8"sv, "a GIF picture"},
      {"BM"sv, "a BMP picture"},
      {"II*\0"sv, "a TIFF picture"},
      {"MM\0*"sv, "a TIFF picture"},
      {"\x89HDF\r\n\x1a\n"sv, "an HDF5 file"},
      {"PK\x03\x04"sv, "a zip archive"},
      {"\x1f\x8b"sv, "a gzip archive"},
      {"%PDF"sv, "a PDF document"}};
  for (const auto& [mark, name] : kKnown)
    if (bytes.starts_with(mark)) return name;
  if (bytes.starts_with("RIFF"sv) && bytes.substr(0, 12).ends_with("WEBP"sv)) return "a WebP picture";
  const std::string_view begin = bytes.substr(0, 64);
  const bool text = std::all_of(begin.begin(), begin.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\r' || c == '\t';
  });
  return text ? "a text" : "bytes of no picture known here";
}

}  // namespace nibble
