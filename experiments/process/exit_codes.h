#pragma once

#include "core/check.h"

namespace nibble {

/// What the program tells its caller.
enum ExitCode {
  kSuccess = 0,
  kFailure = 1,       // a run failed, or a comparison found a difference
  kUsage = 2,         // command line or config; no run was changed
  kBusy = 69,         // another process works on this run; nothing was written (EX_UNAVAILABLE)
  kInterrupted = 75,  // stopped by a signal, checkpoint written: run the same command again (EX_TEMPFAIL)
};

/// Another process works on what is asked for, and the sentence names it; ends the program with kBusy.
class BusyError : public Error {
 public:
  using Error::Error;
};

/// What the user asked for makes no sense; ends the program with kUsage.
class UsageError : public Error {
 public:
  using Error::Error;
};

template <typename... Parts>
[[noreturn]] void usage_error(const Parts&... parts) {
  throw UsageError(str(parts...));
}

}  // namespace nibble
