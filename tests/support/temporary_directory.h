#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "core/files/temporary_directory.h"

namespace nibble {

inline void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace nibble
