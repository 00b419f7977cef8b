#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "core/noncopyable.h"

namespace nibble::edge {

/// A folder with a hard name, removed at the end of the test.
struct Scratch : private NonCopyable {
  std::filesystem::path path;
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "nibble test'XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~Scratch() { std::filesystem::remove_all(path); }
};

inline std::string read(const std::filesystem::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

/// Runs a command in the folder, its words in log.txt there. Returns its status.
inline int shell(const std::filesystem::path& directory, const std::string& command) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(directory);
  const int status = std::system((command + " > log.txt 2>&1").c_str());
  std::filesystem::current_path(before);
  UNSCOPED_INFO(read(directory / "log.txt").substr(0, 3000));
  return status;
}

/// That the C files of the model there, with and without trace, compile without a warning under strict flags,
/// by every compiler that is here. The kernels (nbl_*.c) are the same for all models: the build compiles them
/// with these flags.
void check_warnings(const Scratch& scratch);

/// That what runs on the device knows neither floats nor memory of its own, and one header of the language.
void check_freestanding(const Scratch& scratch);

}  // namespace nibble::edge
