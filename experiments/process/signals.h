#pragma once

namespace nibble {

/// From here on SIGINT and SIGTERM only set a flag, which the training loop reads between steps; a second one
/// ends the process at once, with exit code 128 + its number.
void watch_signals();

/// A signal has come in: finish the step, write the checkpoint, return.
bool stop_requested();

/// The signal's number, or 0.
int stop_signal();

}  // namespace nibble
