#include "core/files/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/check.h"

namespace nibble {
namespace {

constexpr const char* kAside = ".tmp-";  // and the process

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
  std::error_code reason;
  // A link may lead to what has no other name: /dev/stdout to a pipe.
  if (std::filesystem::is_other(std::filesystem::status(path, reason))) return write(path);
  if (std::filesystem::is_symlink(std::filesystem::symlink_status(path, reason))) {
    const auto target = std::filesystem::weakly_canonical(path, reason);
    check(!reason, path, ": is a link that leads nowhere: ", reason.message());
    return write_atomically(target.string(), write);
  }
  Aside aside{path + kAside + std::to_string(::getpid())};
  write(aside.path);
  bring_to_disk(aside.path, O_RDONLY);
  if (std::rename(aside.path.c_str(), path.c_str()) != 0) fail_system(path, "replaced");
  aside.placed = true;
  const std::string directory = std::filesystem::path(path).parent_path().string();
  bring_to_disk(directory.empty() ? "." : directory, O_RDONLY | O_DIRECTORY);
}

void write_bytes(const std::string& path, std::string_view bytes) {
  // Of a pipe that nobody reads, a plain open would wait for a reader.
  const Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666)};
  check(file.fd >= 0 || errno != ENXIO, path, ": is a pipe that nobody reads");
  if (file.fd < 0) fail_system(path, "created");
  ::fcntl(file.fd, F_SETFL, ::fcntl(file.fd, F_GETFL) & ~O_NONBLOCK);
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail_system(path, "written");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  check(file.good(), path, ": cannot be read");
  return text.str();
}

void remove_leftovers(const std::string& directory) {
  std::error_code ignored;
  for (std::filesystem::directory_iterator at(directory, ignored), end; !ignored && at != end;
       at.increment(ignored)) {
    std::error_code reason;
    if (at->path().filename().string().find(kAside) != std::string::npos)
      std::filesystem::remove(at->path(), reason);
  }
}

void write_text_atomically(const std::string& path, std::string_view text) {
  write_atomically(path, [&](const std::string& aside) { write_bytes(aside, text); });
}

}  // namespace nibble
