#include "core/files/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "core/check.h"

namespace nibble {
namespace {

[[noreturn]] void fail_system(const std::string& path, const char* action) {
  const int reason = errno;
  fail(path, ": cannot be ", action, ": ", std::strerror(reason));
}

struct Descriptor {
  int fd = -1;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

// Waits until the file, or the entries of the directory, are on disk.
void bring_to_disk(const std::string& path, int flags) {
  const Descriptor file{::open(path.c_str(), flags | O_CLOEXEC)};
  if (file.fd < 0) fail_system(path, "opened");
  // Some file systems cannot sync a directory and return EINVAL. They keep the order of renames themselves.
  if (::fsync(file.fd) != 0 && !(errno == EINVAL && (flags & O_DIRECTORY)))
    fail_system(path, "brought to disk");
}

// Removes the file beside `path` unless it was renamed.
struct Aside {
  std::string path;
  bool placed = false;
  ~Aside() {
    if (!placed) ::unlink(path.c_str());
  }
};

}  // namespace

void write_atomically(const std::string& path, const std::function<void(const std::string& aside)>& write) {
  Aside aside{path + ".tmp-" + std::to_string(::getpid())};
  write(aside.path);
  bring_to_disk(aside.path, O_RDONLY);
  if (std::rename(aside.path.c_str(), path.c_str()) != 0) fail_system(path, "replaced");
  aside.placed = true;
  const std::string directory = std::filesystem::path(path).parent_path().string();
  bring_to_disk(directory.empty() ? "." : directory, O_RDONLY | O_DIRECTORY);
}

void write_bytes(const std::string& path, std::string_view bytes) {
  const Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
  if (file.fd < 0) fail_system(path, "created");
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail_system(path, "written");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void write_text_atomically(const std::string& path, std::string_view text) {
  write_atomically(path, [&](const std::string& aside) { write_bytes(aside, text); });
}

}  // namespace nibble
