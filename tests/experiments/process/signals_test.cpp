#include "experiments/process/signals.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

namespace nibble::signals_test {
namespace {

// Runs a check in a process of its own, whose handlers are nobody else's.
template <typename Check>
bool holds_in_a_child(const Check& holds) {
  const pid_t child = fork();
  if (child == 0) _exit(holds() ? 0 : 1);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool runs_on_its_own_stack(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && (action.sa_flags & SA_ONSTACK) != 0 &&
         (action.sa_flags & SA_RESTART) == 0;
}

}  // namespace

TEST_CASE("signal_handlers_have_a_stack_of_their_own") {
  CHECK(holds_in_a_child([] {
    stack_t none{}, stack{};
    none.ss_flags = SS_DISABLE;  // Catch has one, which the child inherits
    if (sigaltstack(&none, nullptr) != 0) return false;
    const SignalWatch watch;
    return sigaltstack(nullptr, &stack) == 0 && (stack.ss_flags & SS_DISABLE) == 0 &&
           stack.ss_size >= static_cast<std::size_t>(MINSIGSTKSZ) && runs_on_its_own_stack(SIGINT) &&
           runs_on_its_own_stack(SIGTERM);
  }));
}

TEST_CASE("a_signal_is_remembered_and_a_second_one_ends_the_process") {
  CHECK(holds_in_a_child([] {
    const SignalWatch watch;
    const bool before = stop_requested();
    raise(SIGTERM);
    return !before && stop_requested() && stop_signal() == SIGTERM;
  }));
  const pid_t child = fork();
  if (child == 0) {
    const SignalWatch watch;
    raise(SIGINT);
    raise(SIGTERM);
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 128 + SIGTERM);
}

}  // namespace nibble::signals_test
