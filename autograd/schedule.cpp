#include "autograd/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/check.h"

namespace nibble {

Schedule::Schedule(ScheduleOptions options) : options_(std::move(options)) {
  check(options_.total_steps > 0, "schedule: ", options_.total_steps, " steps where at least 1 is expected");
  check(options_.warmup_steps >= 0 && options_.warmup_steps <= options_.total_steps,
        "schedule: a warm-up of ", options_.warmup_steps, " steps in a run of ", options_.total_steps);
}

double Schedule::factor(long step) const {
  if (step < options_.warmup_steps)
    return static_cast<double>(step + 1) / static_cast<double>(options_.warmup_steps);
  switch (options_.kind) {
    case ScheduleKind::constant:
      return 1;
    case ScheduleKind::step: {
      const auto passed = std::count_if(options_.milestones.begin(), options_.milestones.end(),
                                        [step](long milestone) { return step >= milestone; });
      return std::pow(options_.step_factor, static_cast<double>(passed));
    }
    case ScheduleKind::cosine: {
      const double length = static_cast<double>(std::max(options_.total_steps - options_.warmup_steps, 1L));
      const double progress = std::min(1.0, static_cast<double>(step - options_.warmup_steps) / length);
      return options_.final_factor +
             (1 - options_.final_factor) * 0.5 * (1 + std::cos(std::numbers::pi * progress));
    }
  }
  return 1;
}

}  // namespace nibble
