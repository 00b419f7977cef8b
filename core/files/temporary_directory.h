#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "core/check.h"

namespace nibble {

/// A fresh directory, removed with all that is in it when its owner goes.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "nibble-XXXXXX").string();
    check(mkdtemp(pattern.data()) != nullptr, "found no way to make a directory in ",
          std::filesystem::temp_directory_path().string(), ", expected one that can be written");
    path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace nibble
