#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace nibble {

/// Who holds a lock, as its file says.
struct LockHolder {
  std::string host;  // empty: the file does not say
  long process = 0;
  std::string since;  // UTC, as 2026-11-28T20:25:09Z
};
/// "process 4711 on node17 since 2026-11-28T20:25:09Z"
std::string describe(const LockHolder& holder);

/// A lock that one process at a time has on what a file stands for: a run, a download. It rests on flock(2):
/// the system frees it when its process ends, however that happens, so a crash blocks nobody. On NFS, Linux
/// turns flock into a lock on the server. The file names the holder for people. On a file system without
/// locks the file alone decides: its holder is believed until its process, on this host, is gone; a holder on
/// another host is believed until somebody removes the file.
class FileLock {
 public:
  /// Takes the lock, or says who has it. The file's directory must exist. Throws Error where the file cannot
  /// be written.
  static std::variant<FileLock, LockHolder> take(const std::string& path);
  /// Who has the lock now; nobody: nothing. Takes no lock and writes nothing.
  static std::optional<LockHolder> holder(const std::string& path);

  FileLock(FileLock&& other) noexcept
      : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;
  /// Removes the file, then frees the lock.
  ~FileLock();

 private:
  FileLock(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;
  int descriptor_;
};

}  // namespace nibble
