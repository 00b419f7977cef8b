#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "core/check.h"
#include "core/noncopyable.h"

namespace nibble {

/// A fresh directory nibble-XXXXXX where temporary files belong, removed with all that is in it when its
/// owner goes. What owners left that were killed more than an hour ago is removed, too.
class TemporaryDirectory : NonCopyable {
 public:
  TemporaryDirectory() {
    std::error_code reason;
    const std::filesystem::path parent = std::filesystem::temp_directory_path(reason);
    check(!reason, "found no directory for temporary files (TMPDIR), expected one that can be written");
    remove_leftovers(parent);
    std::string pattern = (parent / (std::string(kPrefix) + "XXXXXX")).string();
    check(::mkdtemp(pattern.data()) != nullptr, "found no way to make a directory in ", parent.string(),
          ", expected one that can be written");
    path_ = pattern;
    lock_ = lock(path_);
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
    if (lock_ >= 0) ::close(lock_);
  }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  static constexpr const char* kPrefix = "nibble-";
  static constexpr std::size_t kNameLength = 13;  // with the six letters
  static constexpr std::chrono::hours kLeftAlone{1};

  // The system frees the lock when the owner ends, however that happens.
  static int lock(const std::filesystem::path& directory) {
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0 || ::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
    ::close(descriptor);
    return -1;
  }

  // Nobody has their locks, and they are so old that an owner would.
  static void remove_leftovers(const std::filesystem::path& parent) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    for (fs::directory_iterator at(parent, ignored), end; !ignored && at != end; at.increment(ignored)) {
      const std::string name = at->path().filename().string();
      if (!name.starts_with(kPrefix) || name.size() != kNameLength) continue;
      std::error_code reason;
      const auto changed = fs::last_write_time(at->path(), reason);
      if (reason || fs::file_time_type::clock::now() - changed < kLeftAlone) continue;
      const int descriptor = lock(at->path());
      if (descriptor < 0) continue;
      fs::remove_all(at->path(), reason);
      ::close(descriptor);
    }
  }

  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace nibble
