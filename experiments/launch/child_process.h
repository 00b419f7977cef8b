#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "core/noncopyable.h"

namespace nibble {

struct ChildResult {
  int exit_code = -1;  // −1 if a signal ended it
  std::string how;     // "exit code 1", "ended by signal 9 (Killed)"
};

/// Which of its outputs comes back to us instead of appearing on ours.
enum class Captured { nothing, output, errors, both };

/// A program in a process of its own: words[0], which is looked for along PATH. It is in a process group of
/// its own, so that it hears of Ctrl-C once, from us. If we die, it is told to stop. Exit code 127: it could
/// not be started.
class ChildProcess : NonCopyable {
 public:
  /// program: what is started, where it is not words[0].
  explicit ChildProcess(std::vector<std::string> words, Captured captured = Captured::nothing,
                        const std::string& program = "");
  /// Tells it to stop, and waits for that.
  ~ChildProcess();

  /// Looks whether it has ended, and reads what it has written.
  bool running();
  void send(int signal);
  /// What it has written since the last call; of a captured one.
  std::string take_text();
  /// Of one that has ended.
  const ChildResult& result() const { return result_; }

 private:
  void read_text();

  pid_t process_ = -1;
  int from_ = -1;  // the end of the pipe that we read
  bool ended_ = false;
  std::string text_;
  ChildResult result_;
};

/// This program, as a child.
extern const char* const kThisProgram;

/// Runs this program with other arguments and waits for it. Its output appears on ours. A signal that comes
/// in is handed on to it.
ChildResult run_self(const std::vector<std::string>& arguments);

/// The same for any program: its standard output, or what else is asked for, comes back instead of appearing
/// on ours.
struct CapturedChild {
  ChildResult result;
  std::string output;
};
CapturedChild run_captured(const std::vector<std::string>& words, Captured captured = Captured::output);

}  // namespace nibble
