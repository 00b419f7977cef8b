#pragma once

#include <string>

namespace nibble {

/// What a file is, by its first bytes and never by its name.
enum class FileKind {
  missing,
  unreadable,
  directory,
  special,
  empty,
  hdf5,
  sealed,
  safetensors,
  zip,
  pytorch,
  darknet,
  text,
  unknown
};
FileKind file_kind(const std::string& path);

/// For messages, after "found": "no file", "a directory", "a zip archive, as torch.save writes", ...
std::string describe_file(const std::string& path);

}  // namespace nibble
