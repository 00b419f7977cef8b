#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "experiments/training/part_crew.h"

namespace nibble {

/// The training of a run as one of the processes of a job sees it: a trainer of whole batches where
/// train.parts is 1, else those of the parts that this process has; and what the processes agree on. One
/// process alone agrees with itself.
class JointTraining : NonCopyable {
 public:
  /// A network with the structure of the one that learns, whatever its weights; for further parts.
  using Build = std::function<Network()>;

  /// network: of this process's first part. ranks: null for one process. Throws Error for what the config
  /// asks in vain.
  JointTraining(Network& network, const Task& task, const ExperimentConfig& config, Ranks* ranks,
                const Build& build);

  /// The first part's, which speaks for all: all parts stay equal.
  Trainer& trainer() { return *trainer_; }
  /// Calls work for the trainers of all parts that this process has, at once.
  void with_all(const std::function<void(Trainer&)>& work);
  Trainer::StepResult step();
  TrainingState whole_state();

  /// Whether this process is the first, which writes, judges and decides when to save.
  bool leads() const { return !ranks_ || ranks_->index() == 0; }
  /// Whether any process was told to stop, and whether the first one wants to save.
  std::pair<bool, bool> agreed(bool stop, bool save) const;
  /// The first process's value.
  double of_first(double value) const;
  /// Throws Error unless all processes have the same texts: on several machines they may read other files
  /// than they should. same: what it is, and the text.
  void check_agreement(const std::vector<std::pair<std::string, std::string>>& same) const;

 private:
  Ranks* const ranks_;
  std::optional<PartTeam> team_;  // where batches are cut into parts
  std::optional<Trainer> trainer_;
  std::optional<PartCrew> crew_;
};

}  // namespace nibble
