#include "autograd/schedule.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

namespace nibble::schedule_test {
namespace {

std::vector<double> factors(const Schedule& schedule, const std::vector<long>& steps) {
  std::vector<double> all;
  for (const long step : steps) all.push_back(schedule.factor(step));
  return all;
}

}  // namespace

TEST_CASE("a_constant_schedule_stays_at_the_peak") {
  const Schedule schedule({.kind = ScheduleKind::constant, .epochs = 3, .steps_per_epoch = 10});
  CHECK(factors(schedule, {0, 1, 29, 1000}) == std::vector<double>{1, 1, 1, 1});
}

TEST_CASE("a_step_schedule_falls_after_each_milestone") {
  const Schedule schedule({.kind = ScheduleKind::step,
                           .epochs = 4,
                           .steps_per_epoch = 10,
                           .milestones = {1, 3},
                           .step_factor = 0.5});
  CHECK(factors(schedule, {0, 9, 10, 29, 30, 39}) == std::vector<double>{1, 1, 0.5, 0.5, 0.25, 0.25});
}

TEST_CASE("a_warm_up_grows_with_its_power") {
  const Schedule schedule({.kind = ScheduleKind::constant,
                           .epochs = 3,
                           .steps_per_epoch = 10,
                           .warmup_epochs = 0.9,
                           .warmup_power = 4});
  CHECK(schedule.factor(0) == Approx(1e-4));
  CHECK(schedule.factor(4) == Approx(0.0625));
  CHECK(schedule.factor(9) == 1);
  CHECK_THROWS_WITH(Schedule({.epochs = 3, .steps_per_epoch = 10, .warmup_power = 0}),
                    "schedule: found warm-up to the power of 0, expected one above 0");
}

TEST_CASE("a_cosine_schedule_falls_from_the_peak_to_its_end") {
  const Schedule schedule(
      {.kind = ScheduleKind::cosine, .epochs = 2, .steps_per_epoch = 50, .final_factor = 0.2});
  CHECK(schedule.factor(0) == 1);
  CHECK(schedule.factor(25) == Approx(0.2 + 0.8 * (1 + std::sqrt(0.5)) / 2));
  CHECK(schedule.factor(50) == Approx(0.6));
  CHECK(schedule.factor(100) == Approx(0.2));
  CHECK(schedule.factor(1000) == Approx(0.2));
  for (long step = 1; step < 100; ++step) CHECK(schedule.factor(step) < schedule.factor(step - 1));
}

TEST_CASE("warm_up_rises_linearly_to_the_peak_of_every_kind") {
  for (const ScheduleKind kind : {ScheduleKind::constant, ScheduleKind::step, ScheduleKind::cosine}) {
    const Schedule schedule({.kind = kind, .epochs = 10, .steps_per_epoch = 8, .warmup_epochs = 0.5});
    CHECK(factors(schedule, {0, 1, 2, 3, 4}) == std::vector<double>{0.2, 0.4, 0.6, 0.8, 1});
  }
}

TEST_CASE("cosine_falls_over_the_steps_that_warm_up_leaves") {
  const Schedule schedule({.epochs = 4, .steps_per_epoch = 10, .warmup_epochs = 2});
  CHECK(schedule.factor(20) == 1);
  CHECK(schedule.factor(30) == Approx(0.5));
  CHECK(schedule.factor(40) == Approx(0).margin(1e-12));
}

TEST_CASE("a_plateau_reduces_the_rate_when_the_loss_stops_falling") {
  Plateau plateau(0.5);
  CHECK(plateau.factor() == 1);
  plateau.report(5);  // whatever the first one is, it is the best so far
  CHECK(plateau.factor() == 1);
  plateau.report(4);
  CHECK(plateau.factor() == 1);
  plateau.report(4);  // no better
  CHECK(plateau.factor() == 0.5);
  plateau.report(4.5);
  CHECK(plateau.factor() == 0.25);
  plateau.report(3);  // better again: the factor stays
  CHECK(plateau.factor() == 0.25);
  CHECK(plateau.best() == 3);
}

TEST_CASE("a_plateau_goes_on_where_another_one_was") {
  Plateau first(0.5), second(0.5);
  first.report(4);
  first.report(5);
  second.restore(first.factor(), first.best());
  for (Plateau* plateau : {&first, &second}) {
    plateau->report(4.5);
    CHECK(plateau->factor() == 0.25);
    CHECK(plateau->best() == 4);
  }
  CHECK(Schedule({.kind = ScheduleKind::plateau, .epochs = 2, .steps_per_epoch = 4}).factor(7) == 1);
}

TEST_CASE("a_schedule_refuses_what_contradicts_itself") {
  CHECK_THROWS_WITH(Schedule({.epochs = 0}),
                    "schedule: found 0 epochs of 1 steps, expected at least one step");
  CHECK_THROWS_WITH(Schedule({.epochs = 2, .warmup_epochs = 3}),
                    "schedule: found 3 epochs of warm-up, expected 0 to 2");
  CHECK_THROWS_WITH(Schedule({.milestones = {5, 3}}),
                    "schedule: found milestones that go back, expected ascending epochs");
}

}  // namespace nibble::schedule_test
