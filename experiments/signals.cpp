#include "experiments/signals.h"

#include <unistd.h>

#include <csignal>

namespace nibble {

namespace {

volatile std::sig_atomic_t received = 0;

// Only what is safe inside a handler: a flag, and _exit.
void on_signal(int number) {
  if (received != 0) _exit(128 + number);
  received = number;
}

}  // namespace

void watch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = 0;  // waits are interrupted, so that a sweep hears of the signal at once
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool stop_requested() { return received != 0; }

int stop_signal() { return received; }

}  // namespace nibble
