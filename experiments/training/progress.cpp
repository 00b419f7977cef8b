#include "experiments/training/progress.h"

#include <algorithm>
#include <cmath>
#include <iostream>

#include "core/check.h"

namespace nibble {

namespace {

constexpr double kMemory = 0.98;  // of the moving means: about the last fifty steps
constexpr double kRedrawSeconds = 0.1;
constexpr double kPlainSeconds = 30;

double seconds_between(Progress::Clock::time_point begin, Progress::Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

/// Forgets old values slowly; the first steps count fully, so that the mean is right from the start.
void blend(double& mean, double value, long count) {
  const double weight = std::max(1.0 - kMemory, 1.0 / static_cast<double>(count));
  mean += weight * (value - mean);
}

}  // namespace

Progress::Progress(const TaskOutline& task, long epochs, long steps, long steps_done)
    : Progress(task, epochs, steps, steps_done, std::cerr, describe_terminal()) {}

Progress::Progress(const TaskOutline& task, long epochs, long steps, long steps_done, std::ostream& screen,
                   const Terminal& terminal)
    : screen_(screen),
      terminal_(terminal),
      task_(task),
      epochs_(epochs),
      steps_(steps),
      steps_left_(epochs * steps - steps_done),
      metrics_(task.metrics.size()),
      last_shown_(Clock::now()) {}

void Progress::step(long epoch, double loss, const std::vector<double>& metrics, long samples) {
  const Clock::time_point now = Clock::now();
  epoch_ = epoch;
  --steps_left_;
  ++shown_;
  blend(loss_, loss, shown_);
  for (std::size_t i = 0; i < metrics_.size(); ++i) blend(metrics_[i], metrics.at(i), shown_);
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
  std::string back = str("loss ", format_fixed(loss_, 3));
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    const Metric& metric = task_.metrics[i];
    const double value = metric.of_loss ? std::exp(loss_) : metrics_[i];
    if (!std::isnan(value)) back += "  " + shown(metric, value);
  }
  if (seconds_ > 0)
    back += str("  ", std::lround(samples_ / seconds_), " ", task_.unit, "/s  ETA ",
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

void Progress::epoch(long epoch, const std::vector<std::string>& parts) {
  std::string line = str("epoch ", epoch, "/", epochs_);
  for (const std::string& part : parts) {
    const bool fits = line.size() + 2 + part.size() <= static_cast<std::size_t>(terminal_.columns);
    if (!terminal_.interactive || fits) line += "  " + part;
  }
  keep(line);
}

void Progress::note(const std::string& line) {
  const std::string wrapped = wrap(line, terminal_.columns);
  keep(terminal_.interactive ? wrapped.substr(0, wrapped.size() - 1) : line);
}

void Progress::finish() {
  erase();
  screen_ << std::flush;
}

}  // namespace nibble
