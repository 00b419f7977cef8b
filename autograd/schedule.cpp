#include "autograd/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/check.h"

namespace nibble {

Schedule::Schedule(const ScheduleOptions& o)
    : options_(o),
      warmup_steps_(std::floor(o.warmup_epochs * static_cast<double>(o.steps_per_epoch))),
      total_steps_(o.epochs * static_cast<double>(o.steps_per_epoch)) {
  check(o.epochs > 0 && o.steps_per_epoch > 0, "schedule: found ", o.epochs, " epochs of ", o.steps_per_epoch,
        " steps, expected at least one step");
  check(o.warmup_epochs >= 0 && o.warmup_epochs <= o.epochs, "schedule: found ", o.warmup_epochs,
        " epochs of warm-up, expected 0 to ", o.epochs);
  check(o.warmup_power > 0, "schedule: found warm-up to the power of ", o.warmup_power,
        ", expected one above 0");
  check(std::is_sorted(o.milestones.begin(), o.milestones.end()),
        "schedule: found milestones that go back, expected ascending epochs");
}

double Schedule::factor(long step) const {
  const double s = static_cast<double>(step);
  const double warmup = std::pow(std::min((s + 1) / (warmup_steps_ + 1), 1.0), options_.warmup_power);
  switch (options_.kind) {
    case ScheduleKind::plateau:
    case ScheduleKind::constant:
      return warmup;
    case ScheduleKind::step: {
      const long epoch = step / options_.steps_per_epoch;
      const auto passed = std::count_if(options_.milestones.begin(), options_.milestones.end(),
                                        [&](int milestone) { return milestone <= epoch; });
      return warmup * std::pow(options_.step_factor, passed);
    }
    case ScheduleKind::cosine: {
      if (s < warmup_steps_) return warmup;
      const double progress =
          std::min((s - warmup_steps_) / std::max(total_steps_ - warmup_steps_, 1.0), 1.0);
      const double fall = (1 + std::cos(std::numbers::pi * progress)) / 2;
      return options_.final_factor + (1 - options_.final_factor) * fall;
    }
  }
  fail("schedule: unknown kind ", static_cast<int>(options_.kind));
}

void Plateau::report(double loss) {
  if (loss < best_) {
    best_ = loss;
  } else {
    factor_ *= step_factor_;
  }
}

}  // namespace nibble
