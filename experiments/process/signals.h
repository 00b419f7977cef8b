#pragma once

#include "core/noncopyable.h"

namespace nibble {

/// While one lives, SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1 and SIGUSR2 only set a flag, which work that
/// can stop at a good place reads: training between steps, a sweep between runs. A second SIGINT, SIGTERM or
/// SIGUSR ends the process at once, with exit code 128 + its number, unless it is the same within a second.
/// Signals that the process was started to ignore (nohup) stay ignored. Everything else is ended by them, as
/// by default. One at a time.
class SignalWatch : NonCopyable {
 public:
  SignalWatch();
  ~SignalWatch();
};

/// A signal has come in: finish the step, write the checkpoint, return.
bool stop_requested();

/// The signal's number, or 0.
int stop_signal();

}  // namespace nibble
