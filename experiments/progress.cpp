#include "experiments/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "core/check.h"

namespace nibble {

namespace {

constexpr double kMemory = 0.98;  // of the moving means: about the last fifty steps
constexpr double kRedrawSeconds = 0.1;
constexpr double kPlainSeconds = 30;

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

int columns_of(int descriptor) {
  if (is_set("COLUMNS")) {
    const int columns = std::atoi(std::getenv("COLUMNS"));
    if (columns > 0) return columns;
  }
  winsize size{};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

double seconds_between(Progress::Clock::time_point begin, Progress::Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

/// Forgets old values slowly; the first steps count fully, so that the mean is right from the start.
void blend(double& mean, double value, long count) {
  const double weight = std::max(1.0 - kMemory, 1.0 / static_cast<double>(count));
  mean += weight * (value - mean);
}

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

}  // namespace

Terminal describe_terminal() {
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::strcmp(term, "dumb") == 0;
  Terminal terminal;
  terminal.interactive = isatty(STDERR_FILENO) == 1 && !dumb && !is_set("SLURM_JOB_ID");
  terminal.color = terminal.interactive && !is_set("NO_COLOR");
  terminal.columns = columns_of(STDERR_FILENO);
  return terminal;
}

std::string format_duration(double seconds) {
  const long s = std::lround(std::max(0.0, seconds));
  char text[64];
  if (s < 60)
    std::snprintf(text, sizeof text, "%ld s", s);
  else if (s < 3600)
    std::snprintf(text, sizeof text, "%ld:%02ld", s / 60, s % 60);
  else
    std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
  return text;
}

Progress::Progress(long epochs, long steps, long steps_done, const std::string& unit)
    : Progress(epochs, steps, steps_done, std::cerr, describe_terminal(), unit) {}

Progress::Progress(long epochs, long steps, long steps_done, std::ostream& screen, const Terminal& terminal,
                   const std::string& unit)
    : screen_(screen),
      terminal_(terminal),
      epochs_(epochs),
      steps_(steps),
      unit_(unit),
      steps_left_(epochs * steps - steps_done),
      last_shown_(Clock::now()) {}

void Progress::step(long epoch, double loss, double top1, long samples) {
  const Clock::time_point now = Clock::now();
  epoch_ = epoch;
  --steps_left_;
  ++shown_;
  blend(loss_, loss, shown_);
  blend(top1_, top1, shown_);
  blend(samples_, static_cast<double>(samples), shown_);
  if (timing_) blend(seconds_, seconds_between(last_step_, now), std::max(1L, shown_ - 1));
  timing_ = true;
  last_step_ = now;
  if (seconds_between(last_shown_, now) >= (terminal_.interactive ? kRedrawSeconds : kPlainSeconds))
    show(now);
}

void Progress::show(Clock::time_point now) {
  last_shown_ = now;
  if (!terminal_.interactive) {
    screen_ << line(0) << std::endl;
    return;
  }
  erase();
  screen_ << (terminal_.color ? "\033[36m" : "") << line(terminal_.columns)
          << (terminal_.color ? "\033[0m" : "") << std::flush;
  drawn_ = true;
}

std::string Progress::line(int columns) const {
  const long done = steps_ - steps_left_ % steps_;  // of this epoch: 1 ... steps
  const std::string front = str("epoch ", epoch_ + 1, "/", epochs_, " ");
  std::string back = str("loss ", fixed(loss_, 3),
                         std::isnan(top1_) ? str("  perplexity ", fixed(std::exp(loss_), 1))
                                           : str("  top-1 ", fixed(top1_, 1), " %"));
  if (seconds_ > 0)
    back += str("  ", std::lround(samples_ / seconds_), " ", unit_, "/s  ETA ",
                format_duration(seconds_ * static_cast<double>(steps_left_)));
  if (columns == 0) return front + str("batch ", done, "/", steps_, "  ") + back;
  const int room = std::min(30, columns - static_cast<int>(front.size() + back.size()) - 5);
  std::string bar;
  if (room >= 5) {
    const auto full = static_cast<std::size_t>(room * done / steps_);
    bar = "[" + std::string(full, '#') + std::string(static_cast<std::size_t>(room) - full, '-') + "]  ";
  }
  return (front + bar + back).substr(0, static_cast<std::size_t>(std::max(0, columns - 1)));
}

void Progress::erase() {
  if (drawn_) screen_ << "\r\033[K";
  drawn_ = false;
}

void Progress::keep(const std::string& line) {
  erase();
  screen_ << line << std::endl;
  timing_ = false;  // whatever was worth a line, an evaluation perhaps, is no part of the next step
}

void Progress::epoch(const std::string& line) { keep(line); }

void Progress::note(const std::string& line) { keep(line); }

void Progress::finish() {
  erase();
  screen_ << std::flush;
}

}  // namespace nibble
