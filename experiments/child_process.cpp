#include "experiments/child_process.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "core/check.h"
#include "experiments/signals.h"

namespace nibble {

namespace {

constexpr const char* kThisProgram = "/proc/self/exe";

// Between fork and exec, so only calls that are safe there.
[[noreturn]] void become(char** words, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1);  // it died before it could be watched
  execv(kThisProgram, words);
  _exit(127);
}

/// Waits for the child's end. Looks at the clock rather than sleeping in waitpid: a signal that came in just
/// before would not wake that up.
int wait_for(pid_t child) {
  bool told = false;
  int status = 0;
  for (;;) {
    const pid_t ended = waitpid(child, &status, WNOHANG);
    check(ended >= 0 || errno == EINTR, "sweep: waiting for process ", child,
          " failed: ", std::strerror(errno));
    if (ended == child) return status;
    if (stop_requested() && !told) {
      kill(child, stop_signal());
      told = true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

ChildResult run_self(const std::vector<std::string>& arguments) {
  std::vector<std::string> words{"nibble"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  const pid_t parent = getpid();
  const pid_t child = fork();
  check(child >= 0, "sweep: no new process could be started: ", std::strerror(errno));
  if (child == 0) become(pointers.data(), parent);

  const int status = wait_for(child);
  if (WIFEXITED(status)) return {WEXITSTATUS(status), str("exit code ", WEXITSTATUS(status))};
  return {-1, str("ended by signal ", WTERMSIG(status), " (", strsignal(WTERMSIG(status)), ")")};
}

}  // namespace nibble
