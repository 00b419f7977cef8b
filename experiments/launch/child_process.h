#pragma once

#include <string>
#include <vector>

namespace nibble {

struct ChildResult {
  int exit_code = -1;  // −1 if a signal ended it
  std::string how;     // "exit code 1", "ended by signal 9 (Killed)"
};

/// Runs this program with other arguments and waits for it. Its output appears on ours. A signal that comes
/// in is handed on to it: it is in a process group of its own, so that it hears of Ctrl-C once, from us. If
/// we die, it is told to stop.
ChildResult run_self(const std::vector<std::string>& arguments);

/// The same for any program, words[0], which is looked for along PATH: its standard output comes back instead
/// of appearing on ours. Exit code 127: it could not be started.
struct CapturedChild {
  ChildResult result;
  std::string output;
};
CapturedChild run_captured(const std::vector<std::string>& words);

}  // namespace nibble
