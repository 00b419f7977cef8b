#include "core/files/file_kind.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace nibble {
namespace {

using namespace std::string_view_literals;

std::string first_bytes(const std::string& path, std::size_t count) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(count, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(count));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

// Eight bytes with the length of the header, little-endian, then the brace of the header. The length may
// exceed the file: that is a damaged safetensors file, which its reader reports.
bool begins_like_safetensors(std::string_view bytes) {
  if (bytes.size() < 9 || bytes[8] != '{') return false;
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  return length <= (std::uint64_t{1} << 40);  // text would read as a far larger number
}

// The version of darknet, 0.1 or 0.2 and a revision, as three little-endian int32.
bool begins_like_darknet(std::string_view bytes) {
  std::int32_t version[3];
  if (bytes.size() < sizeof version) return false;
  std::memcpy(version, bytes.data(), sizeof version);
  return version[0] == 0 && (version[1] == 1 || version[1] == 2) && 0 <= version[2] && version[2] < 256;
}

bool printable(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace

FileKind file_kind(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return FileKind::missing;
  if (std::filesystem::is_directory(status)) return FileKind::directory;
  if (!std::filesystem::is_regular_file(status)) return FileKind::special;
  if (!std::ifstream(path)) return FileKind::unreadable;
  const std::string bytes = first_bytes(path, 64);
  if (bytes.empty()) return FileKind::empty;
  if (bytes.starts_with("\x89HDF\r\n\x1a\n"sv)) return FileKind::hdf5;
  if (bytes.starts_with("nibble "sv)) return FileKind::sealed;
  if (bytes.starts_with("PK\x03\x04"sv)) return FileKind::zip;
  if (bytes.starts_with("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv))
    return FileKind::pytorch;
  if (begins_like_safetensors(bytes)) return FileKind::safetensors;
  if (begins_like_darknet(bytes)) return FileKind::darknet;
  return std::all_of(bytes.begin(), bytes.end(), printable) ? FileKind::text : FileKind::unknown;
}

std::string describe_file(const std::string& path) {
  switch (file_kind(path)) {
    case FileKind::missing:
      return "no file";
    case FileKind::unreadable:
      return "a file that may not be read";
    case FileKind::directory:
      return "a directory";
    case FileKind::special:
      return "a device, pipe or socket";
    case FileKind::empty:
      return "an empty file";
    case FileKind::hdf5:
      return "an HDF5 file";
    case FileKind::sealed: {
      const std::string bytes = first_bytes(path, 64);
      return "a file marked '" + bytes.substr(0, bytes.find('\n')) + "'";
    }
    case FileKind::safetensors:
      return "a safetensors file";
    case FileKind::zip:
      return "a zip archive, as torch.save writes";
    case FileKind::pytorch:
      return "a file of torch.save before PyTorch 1.6";
    case FileKind::darknet:
      return "weights of darknet";
    case FileKind::text: {
      const std::string bytes = first_bytes(path, 24);
      return "a text that begins with '" + bytes.substr(0, bytes.find_first_of("\r\n")) + "'";
    }
    case FileKind::unknown:
      return "a file of a kind unknown here";
  }
  return {};
}

}  // namespace nibble
