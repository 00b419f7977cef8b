#include "core/files/guarded_read.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "core/check.h"

namespace nibble {
namespace {

// A good file may be slow to come where the machine is busy or the disk far away, so that work has another
// limit than waiting.
#if defined(__SANITIZE_ADDRESS__)
constexpr rlim_t kProcessorSeconds = 8;
#else
constexpr rlim_t kProcessorSeconds = 2;
#endif
constexpr unsigned kSeconds = 60;
[[maybe_unused]] constexpr rlim_t kMoreMemory = rlim_t{4} << 30;

// So much more address space than the process has already, of which the buffer pool takes gigabytes at once.
void limit_memory() {
#if !defined(__SANITIZE_ADDRESS__)  // whose shadow takes address space by the terabyte
  std::ifstream statm("/proc/self/statm");
  rlim_t pages = 0;
  statm >> pages;
  const rlim_t most = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + kMoreMemory;
  const rlimit memory{most, most};
  setrlimit(RLIMIT_AS, &memory);
#endif
}

// The copy dies of its faults at once and in silence: no core file, no words of the C library, and no handler
// of the parent's.
void prepare_to_die() {
  const int nowhere = open("/dev/null", O_WRONLY);
  dup2(nowhere, STDERR_FILENO);
  for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM, SIGXCPU, SIGINT, SIGTERM})
    std::signal(number, SIG_DFL);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  const rlimit work{kProcessorSeconds, kProcessorSeconds + 1};
  setrlimit(RLIMIT_CPU, &work);
  limit_memory();
  alarm(kSeconds);
}

// As much as a pipe takes at once, so that nobody waits.
void tell(int descriptor, const std::string& sentence) {
  constexpr std::size_t kMost = 4096;
  // Where nothing can be written, the copy ends as one that crashed.
  if (write(descriptor, sentence.data(), std::min(kMost, sentence.size())) <= 0) std::abort();
}

std::string heard(int descriptor) {
  std::string text;
  char some[4096];
  for (ssize_t n; (n = ::read(descriptor, some, sizeof some)) != 0;) {
    if (n > 0) text.append(some, static_cast<std::size_t>(n));
    if (n < 0 && errno != EINTR) break;
  }
  return text;
}

}  // namespace

void try_in_another_process(const std::string& path, const std::string& expected,
                            const std::function<void()>& read) {
  int sentence[2];  // of the copy, from its end to ours
  check(pipe2(sentence, O_CLOEXEC) == 0, "no pipe could be made: ", std::strerror(errno));
  const pid_t child = fork();
  if (child == 0) {
    prepare_to_die();
    try {
      read();
    } catch (const std::exception& error) {
      tell(sentence[1], error.what());
    }
    _exit(0);
  }
  close(sentence[1]);
  const std::string refused = child > 0 ? heard(sentence[0]) : "";
  close(sentence[0]);
  check(child >= 0, "no new process could be started: ", std::strerror(errno));
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    check(errno == EINTR, "waiting for process ", child, " failed: ", std::strerror(errno));
  check(refused.empty(), refused);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  const bool signalled = WIFSIGNALED(status);
  const bool hung = signalled && (WTERMSIG(status) == SIGALRM || WTERMSIG(status) == SIGXCPU);
  fail(path, ": found a damaged HDF5 file, ",
       hung ? "whose reading does not end" : "which crashes its reader",
       signalled && !hung ? str(" (", strsignal(WTERMSIG(status)), ")") : "", "; expected ", expected);
}

}  // namespace nibble
