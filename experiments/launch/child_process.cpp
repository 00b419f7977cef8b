#include "experiments/launch/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <functional>
#include <thread>

#include "core/check.h"
#include "experiments/process/signals.h"

namespace nibble {

namespace {

constexpr const char* kThisProgram = "/proc/self/exe";
constexpr auto kPatience = std::chrono::milliseconds(20);

// Between fork and exec, so only calls that are safe there. output: where to write instead of our own, or −1.
[[noreturn]] void become(const char* program, char** words, pid_t parent, int output) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1);  // it died before it could be watched
  if (output >= 0) dup2(output, STDOUT_FILENO);
  execvp(program, words);
  _exit(127);
}

/// Waits for the child's end. Looks at the clock rather than sleeping in waitpid: a signal that came in just
/// before would not wake that up.
int wait_for(pid_t child, const std::function<void()>& meanwhile) {
  bool told = false;
  int status = 0;
  for (;;) {
    const pid_t ended = waitpid(child, &status, WNOHANG);
    check(ended >= 0 || errno == EINTR, "waiting for process ", child, " failed: ", std::strerror(errno));
    if (ended == child) return status;
    if (stop_requested() && !told) {
      kill(child, stop_signal());
      told = true;
    }
    meanwhile();
  }
}

// Starts a program, and describes its end. meanwhile() is called until then, and takes a few milliseconds.
ChildResult run(const char* program, std::vector<std::string> words, int output,
                const std::function<void()>& meanwhile) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  const pid_t parent = getpid();
  const pid_t child = fork();
  check(child >= 0, "no new process could be started: ", std::strerror(errno));
  if (child == 0) become(program, pointers.data(), parent, output);

  const int status = wait_for(child, meanwhile);
  if (WIFEXITED(status)) return {WEXITSTATUS(status), str("exit code ", WEXITSTATUS(status))};
  return {-1, str("ended by signal ", WTERMSIG(status), " (", strsignal(WTERMSIG(status)), ")")};
}

}  // namespace

ChildResult run_self(const std::vector<std::string>& arguments) {
  std::vector<std::string> words{"nibble"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return run(kThisProgram, std::move(words), -1, [] { std::this_thread::sleep_for(kPatience); });
}

CapturedChild run_captured(const std::vector<std::string>& words) {
  int ends[2];
  check(pipe2(ends, O_CLOEXEC) == 0, "no pipe could be made: ", std::strerror(errno));
  const int from = ends[0], to = ends[1];
  fcntl(from, F_SETFL, O_NONBLOCK);
  CapturedChild child;
  // Whatever has been written by now; the child must not wait for us to read.
  const auto drain = [&] {
    char some[4096];
    for (ssize_t n; (n = read(from, some, sizeof some)) > 0;)
      child.output.append(some, static_cast<std::size_t>(n));
  };
  try {
    child.result = run(words.front().c_str(), words, to, [&] {
      drain();
      std::this_thread::sleep_for(kPatience);
    });
    drain();
  } catch (...) {
    close(from), close(to);
    throw;
  }
  close(from), close(to);
  return child;
}

}  // namespace nibble
