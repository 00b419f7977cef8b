#include "core/files/file_lock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <sstream>

#include "core/check.h"

namespace nibble {
namespace {

std::string host_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

std::string now_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

LockHolder read_holder(int descriptor) {
  char text[512] = {};
  const ssize_t count = ::pread(descriptor, text, sizeof text - 1, 0);
  std::istringstream words(std::string(text, count > 0 ? static_cast<std::size_t>(count) : 0));
  LockHolder holder;
  words >> holder.host >> holder.process >> holder.since;
  return holder;
}

bool write_holder(int descriptor) {
  const std::string text = str(host_name(), " ", ::getpid(), " ", now_utc(), "\n");
  return ::ftruncate(descriptor, 0) == 0 &&
         ::pwrite(descriptor, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

// Whether the holder that a file names may still be at work, where only the file can tell.
bool may_live(const LockHolder& holder) {
  if (holder.host.empty()) return false;
  return holder.host != host_name() || ::kill(static_cast<pid_t>(holder.process), 0) == 0 || errno == EPERM;
}

enum class Attempt { taken, held, unsupported };

Attempt try_flock(int descriptor, int operation) {
  while (::flock(descriptor, operation | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return Attempt::held;
    if (errno != EINTR) return Attempt::unsupported;
  }
  return Attempt::taken;
}

// The holder before us may have removed the file between our open and our lock: then the lock is on nothing.
bool is_still_there(const std::string& path, int descriptor) {
  struct stat named {};
  struct stat opened {};
  return ::stat(path.c_str(), &named) == 0 && ::fstat(descriptor, &opened) == 0 &&
         named.st_ino == opened.st_ino && named.st_dev == opened.st_dev;
}

}  // namespace

std::string describe(const LockHolder& holder) {
  return holder.host.empty() ? "another process"
                             : str("process ", holder.process, " on ", holder.host, " since ", holder.since);
}

std::variant<FileLock, LockHolder> FileLock::take(const std::string& path) {
  for (;;) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    check(descriptor >= 0, path, ": cannot be opened: ", std::strerror(errno));
    const Attempt attempt = try_flock(descriptor, LOCK_EX);
    const LockHolder there = read_holder(descriptor);
    if (attempt == Attempt::held || (attempt == Attempt::unsupported && may_live(there))) {
      ::close(descriptor);
      return there;
    }
    if (!is_still_there(path, descriptor)) {
      ::close(descriptor);
      continue;
    }
    FileLock lock(path, descriptor);
    check(write_holder(descriptor), path, ": cannot be written: ", std::strerror(errno));
    return lock;
  }
}

std::optional<LockHolder> FileLock::holder(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  const Attempt attempt = try_flock(descriptor, LOCK_SH);
  const LockHolder there = read_holder(descriptor);
  ::close(descriptor);
  if (attempt == Attempt::held || (attempt == Attempt::unsupported && may_live(there))) return there;
  return std::nullopt;
}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

}  // namespace nibble
