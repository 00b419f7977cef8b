#include "experiments/process/signals.h"

#include <unistd.h>

#include <array>
#include <csignal>
#include <ctime>

namespace nibble {

namespace {

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2};
std::array<struct sigaction, kSignals.size()> before;  // what was done with each

volatile std::sig_atomic_t received = 0;
volatile std::time_t received_at = 0;

// Whoever ends a group of processes tells each of them, and they tell each other. Within a second that is one
// signal.
constexpr std::time_t kEchoSeconds = 1;

std::time_t steady_seconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

// Only what is safe inside a handler: a flag, and _exit.
void on_signal(int number) {
  // A closed terminal sends several: output that cannot be written is not the user's second word.
  const bool echo = number == received && steady_seconds() - received_at <= kEchoSeconds;
  if (received != 0 && !echo && number != SIGPIPE && number != SIGHUP) _exit(128 + number);
  if (received == 0) {
    received = number;
    received_at = steady_seconds();
  }
}

// oneDNN's matrix products move the stack pointer into heap memory while they run; a handler that ran on the
// interrupted stack would write over what lies below. So it has a stack of its own. (Linux hands a signal to
// the process to its main thread, which is the one that calls this.)
void give_handlers_a_stack() {
  static std::array<char, 65536> room;
  stack_t stack{};
  stack.ss_sp = room.data();
  stack.ss_size = room.size();
  sigaltstack(&stack, nullptr);
}

}  // namespace

SignalWatch::SignalWatch() {
  give_handlers_a_stack();
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags =
      SA_ONSTACK;  // and no SA_RESTART: waits are interrupted, so that a sweep hears of the signal at once
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &before[i]);
    if (before[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &action, nullptr);
  }
}

SignalWatch::~SignalWatch() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before[i], nullptr);
}

bool stop_requested() { return received != 0; }

int stop_signal() { return received; }

}  // namespace nibble
