#pragma once

#include <vector>

namespace nibble {

enum class ScheduleKind { constant, step, cosine };

struct ScheduleOptions {
  ScheduleKind kind = ScheduleKind::cosine;
  long total_steps = 1;
  long warmup_steps = 0;         // linear from 1/warmup_steps of the peak
  std::vector<long> milestones;  // step: where the factor is applied, in steps
  double step_factor = 0.1;
  double final_factor = 0;  // cosine: what remains at the end
};

/// The factor on the peak learning rate for each step, counted from 0.
class Schedule {
 public:
  explicit Schedule(ScheduleOptions options);
  double factor(long step) const;

 private:
  ScheduleOptions options_;
};

}  // namespace nibble
