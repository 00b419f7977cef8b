#include "core/files/guarded_read.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
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

}  // namespace

void try_in_another_process(const std::string& path, const std::string& expected,
                            const std::function<void()>& read) {
  const pid_t child = fork();
  check(child >= 0, "no new process could be started: ", std::strerror(errno));
  if (child == 0) {
    prepare_to_die();
    try {
      read();
    } catch (...) {  // said by the caller, who reads again
    }
    _exit(0);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    check(errno == EINTR, "waiting for process ", child, " failed: ", std::strerror(errno));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  const bool signalled = WIFSIGNALED(status);
  const bool hung = signalled && (WTERMSIG(status) == SIGALRM || WTERMSIG(status) == SIGXCPU);
  fail(path, ": found a damaged HDF5 file, ",
       hung ? "whose reading does not end" : "which crashes its reader",
       signalled && !hung ? str(" (", strsignal(WTERMSIG(status)), ")") : "", "; expected ", expected);
}

}  // namespace nibble
