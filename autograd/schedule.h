#pragma once

#include <limits>
#include <vector>

namespace nibble {

enum class ScheduleKind { constant, step, cosine, plateau };

struct ScheduleOptions {
  ScheduleKind kind = ScheduleKind::cosine;
  double epochs = 1;
  long steps_per_epoch = 1;
  std::vector<int> milestones{};  // epochs after which the step schedule multiplies by step_factor; ascending
  double step_factor = 0.1;
  double final_factor = 0;   // where cosine ends
  double warmup_epochs = 0;  // in front of any kind; cosine falls over the rest
  double warmup_power = 1;   // 1: linear; darknet's burn_in has 4
};

/// The learning rate over the steps of a training, relative to its peak.
class Schedule {
 public:
  /// Throws Error where the options contradict each other.
  explicit Schedule(const ScheduleOptions& options);

  /// Of the step with this index, counted from 0:
  ///   warm-up of n steps   ((step + 1) / (n + 1)) ^ warmup_power, so that no step is lost and step n is the
  ///                        first at the peak
  ///   plateau              1 (Plateau has the rest)
  ///   step                 step_factor ^ (milestones passed)
  ///   cosine               final + (1 − final) · (1 + cos(π · progress)) / 2     (Loshchilov & Hutter 2017)
  double factor(long step) const;

 private:
  ScheduleOptions options_;
  double warmup_steps_, total_steps_;
};

/// Reduces a learning rate when a loss stops falling: each loss that is not below the best so far multiplies
/// the factor once more.
class Plateau {
 public:
  explicit Plateau(double step_factor) : step_factor_(step_factor) {}

  void report(double loss);
  double factor() const { return factor_; }
  double best() const { return best_; }
  /// Continues where another one was.
  void restore(double factor, double best) { factor_ = factor, best_ = best; }

 private:
  double step_factor_, factor_ = 1;
  double best_ = std::numeric_limits<double>::infinity();
};

}  // namespace nibble
