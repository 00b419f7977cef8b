#pragma once

#include <sys/resource.h>

#include <csignal>

#include "core/noncopyable.h"

namespace nibble {

/// While one lives, no file of this process can grow beyond so many bytes: a full disk, for tests.
class FileSizeLimit : NonCopyable {
 public:
  explicit FileSizeLimit(unsigned long bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int);
  rlimit before_{};
};

}  // namespace nibble
