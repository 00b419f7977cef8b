#include "experiments/launch/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

#include "core/check.h"
#include "experiments/process/signals.h"

namespace nibble {

const char* const kThisProgram = "/proc/self/exe";

namespace {

constexpr auto kPatience = std::chrono::milliseconds(20);

// Between fork and exec, so only calls that are safe there. to: where captured outputs go.
[[noreturn]] void become(const char* program, char** words, pid_t parent, Captured captured, int to) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1);  // it died before it could be watched
  if (captured == Captured::output || captured == Captured::both) dup2(to, STDOUT_FILENO);
  if (captured == Captured::errors || captured == Captured::both) dup2(to, STDERR_FILENO);
  execvp(program, words);
  _exit(127);
}

ChildResult result_of(int status) {
  if (WIFEXITED(status)) return {WEXITSTATUS(status), str("exit code ", WEXITSTATUS(status))};
  return {-1, str("ended by signal ", WTERMSIG(status), " (", strsignal(WTERMSIG(status)), ")")};
}

// Looks at the clock rather than sleeping in waitpid: a signal that came in just before would not wake that
// up.
ChildResult wait_for(ChildProcess& child) {
  bool told = false;
  while (child.running()) {
    if (stop_requested() && !std::exchange(told, true)) child.send(stop_signal());
    std::this_thread::sleep_for(kPatience);
  }
  return child.result();
}

}  // namespace

ChildProcess::ChildProcess(std::vector<std::string> words, Captured captured, const std::string& program) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  int ends[2] = {-1, -1};
  if (captured != Captured::nothing) {
    check(pipe2(ends, O_CLOEXEC) == 0, "no pipe could be made: ", std::strerror(errno));
    from_ = ends[0];
    fcntl(from_, F_SETFL, O_NONBLOCK);
  }
  const pid_t parent = getpid();
  process_ = fork();
  const std::string reason = process_ < 0 ? std::strerror(errno) : "";
  if (process_ == 0)
    become(program.empty() ? pointers.front() : program.c_str(), pointers.data(), parent, captured, ends[1]);
  if (ends[1] >= 0) close(ends[1]);
  if (process_ < 0 && from_ >= 0) close(from_);
  check(process_ > 0, "no new process could be started: ", reason);
}

ChildProcess::~ChildProcess() {
  if (!ended_) {
    kill(process_, SIGTERM);
    while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  if (from_ >= 0) close(from_);
}

bool ChildProcess::running() {
  if (ended_) return false;
  int status = 0;
  const pid_t ended = waitpid(process_, &status, WNOHANG);
  check(ended >= 0 || errno == EINTR, "waiting for process ", process_, " failed: ", std::strerror(errno));
  read_text();  // behind the look at its end, so that the last words are among them
  if (ended != process_) return true;
  ended_ = true;
  result_ = result_of(status);
  return false;
}

void ChildProcess::send(int signal) {
  if (!ended_) kill(process_, signal);
}

std::string ChildProcess::take_text() { return std::exchange(text_, ""); }

// Whatever has been written by now; the child must not wait for us to read.
void ChildProcess::read_text() {
  char some[4096];
  for (ssize_t n; from_ >= 0 && (n = read(from_, some, sizeof some)) > 0;)
    text_.append(some, static_cast<std::size_t>(n));
}

ChildResult run_self(const std::vector<std::string>& arguments) {
  std::vector<std::string> words{"nibble"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  ChildProcess child(std::move(words), Captured::nothing, kThisProgram);
  return wait_for(child);
}

CapturedChild run_captured(const std::vector<std::string>& words, Captured captured) {
  ChildProcess child(words, captured);
  const ChildResult result = wait_for(child);
  return {result, child.take_text()};
}

}  // namespace nibble
