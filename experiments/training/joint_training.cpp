#include "experiments/training/joint_training.h"

#include <algorithm>

#include "core/parts/rank_sums.h"
#include "experiments/training/checkpoint.h"

namespace nibble {

JointTraining::JointTraining(Network& network, const Task& task, const ExperimentConfig& config, Ranks* ranks,
                             const Build& build)
    : ranks_(ranks) {
  const auto seed = config.run.seed;
  if (config.train.parts > 1 || ranks_) team_.emplace(config.train.parts, ranks_);
  trainer_.emplace(network, task, config.train, seed, team_ ? &team_->part(0) : nullptr);
  if (!team_) return;
  crew_.emplace(*team_, *trainer_, [&](Part& part) {
    PartCrew::Member member;
    member.network = std::make_unique<Network>(build());
    restore(*member.network, capture(network), "the first part's network");
    member.trainer = std::make_unique<Trainer>(*member.network, task, config.train, seed, &part);
    return member;
  });
}

void JointTraining::with_all(const std::function<void(Trainer&)>& work) {
  if (crew_) {
    crew_->together(work);
  } else {
    work(*trainer_);
  }
}

Trainer::StepResult JointTraining::step() {
  Trainer::StepResult result;
  with_all([&](Trainer& trainer) {
    const Trainer::StepResult step = trainer.step();
    if (&trainer == &*trainer_) result = step;
  });
  return result;
}

TrainingState JointTraining::whole_state() {
  TrainingState state;
  with_all([&](Trainer& trainer) {
    TrainingState whole = trainer.whole_state();
    if (&trainer == &*trainer_) state = std::move(whole);
  });
  return state;
}

std::pair<bool, bool> JointTraining::agreed(bool stop, bool save) const {
  if (!ranks_) return {stop, save};
  std::vector<double> votes{stop ? 1.0 : 0.0, save && leads() ? 1.0 : 0.0};
  reduce_over(*ranks_, votes, 1, [](std::span<double> lower, std::span<const double> higher, long) {
    for (std::size_t i = 0; i < lower.size(); ++i) lower[i] = std::max(lower[i], higher[i]);
  });
  return {votes[0] > 0, votes[1] > 0};
}

double JointTraining::of_first(double value) const { return ranks_ ? from_first(*ranks_, value) : value; }

void JointTraining::check_agreement(const std::vector<std::pair<std::string, std::string>>& same) const {
  for (const auto& [what, text] : same) {
    const double own = static_cast<double>(std::hash<std::string>()(text) >> 12U);
    check(of_first(own) == own, "rank ", ranks_ ? ranks_->index() : 0, ": found another ", what, " (", text,
          ") than the first process, expected the same files everywhere");
  }
}

}  // namespace nibble
