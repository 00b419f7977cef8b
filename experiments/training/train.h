#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "autograd/optimizer.h"
#include "core/parts/part_team.h"
#include "experiments/config/config.h"
#include "experiments/tasks/task.h"
#include "experiments/training/oscillation.h"
#include "experiments/training/step_listener.h"
#include "experiments/training/teacher.h"
#include "layers/network/network.h"

namespace nibble {

/// Sums over the epoch so far, so that an interrupted epoch resumes with them.
struct EpochSums {
  double loss = 0;             // Σ of per-sample losses
  std::vector<double> counts;  // Σ of what Task::count counts, by metric
  long samples = 0;
  double seconds = 0;
  double changed_codes = 0;  // Σ over optimizer steps of OscillationTracker::follow
  long followed_steps = 0;   // and how many there were
};

/// Everything that a step or a report changes. Random numbers are drawn from streams named by epoch and step,
/// so the step number is all the random state there is.
struct TrainingState {
  long epoch = 0;  // epochs done
  long batch = 0;  // batches done in the current epoch
  long step = 0;   // batches done in all
  EpochSums sums;
  NetworkState carried;  // of recurrent layers, from batch to batch of an epoch
  NetworkState teacher;  // the same of the teacher
  double plateau_factor = 1, plateau_best = std::numeric_limits<double>::infinity();
};

/// One network in training: the loop's parts as functions, so that the caller decides when to evaluate, save
/// and stop.
class Trainer {
 public:
  /// Network and task outlive it. part: it sees one of the parts of each batch, while other trainers see the
  /// others and step at the same time; then all networks stay equal. null: it sees whole batches, whatever
  /// train.parts says.
  Trainer(Network& network, const Task& task, const TrainConfig& config, std::uint64_t seed,
          Part* part = nullptr);

  long batches_per_epoch() const { return batches_->batches_per_epoch(); }
  bool finished() const { return state_.epoch == config_.epochs; }
  /// Whether gradients of batches wait for the optimizer's step. A checkpoint holds them.
  bool accumulating() const { return state_.batch % config_.accumulate != 0; }

  struct StepResult {
    double loss = 0;              // mean over the batch
    std::vector<double> metrics;  // of the batch, in the order of the task's list
    double learning_rate = 0;     // of the weights
    double gradient_norm = 0;     // before clipping; 0 on steps that only accumulate
    long samples = 0;
    double seconds = 0;
    bool epoch_done = false;  // state().epoch counts it already; its sums are in last_epoch()
  };
  /// Forward, backward and, behind every `accumulate` batches, an optimizer step along the mean of their
  /// gradients. The last batches of an epoch make a step of their own, however few they are. Throws Error
  /// naming the first layer at fault if the loss or the gradient is not finite. A listener is told the parts
  /// of the step; it changes nothing.
  StepResult step(StepListener* listener = nullptr);

  /// The loss of an evaluation, for the plateau schedule.
  void report(double loss);

  const TrainingState& state() const { return state_; }
  /// The same where it sees a part of the batches, with the carried states of all. The others have to ask at
  /// the same time.
  TrainingState whole_state();
  const EpochSums& last_epoch() const { return last_epoch_; }
  /// Of the last epoch, in the order of the task's list.
  std::vector<double> last_metrics() const;

  /// Continues from a whole state whose parameters, optimizer and average have been restored already.
  void seek(const TrainingState& state);

  Network& network() { return network_; }
  Optimizer& optimizer() { return optimizer_; }
  /// Null without weight averaging. Swapped in for evaluation, back for training.
  WeightAverage* average() { return average_ ? &*average_ : nullptr; }
  /// Null where neither damping nor freezing is asked for.
  OscillationTracker* oscillation() { return oscillation_ ? &*oscillation_ : nullptr; }
  const OscillationTracker* oscillation() const { return oscillation_ ? &*oscillation_ : nullptr; }

 private:
  Var loss_of(const Batch& batch, const std::vector<Var>& outputs);

  long parts() const { return part_ ? part_->count() : 1; }
  void add_up(StepResult& result, std::vector<double>& counts);
  void offer_gradient(Var& leaf);
  long batches_of_step() const;
  void optimize(StepResult& result);
  void add_to_epoch(StepResult& result, const std::vector<double>& counts);

  Network& network_;
  const Task& task_;
  const TrainConfig config_;
  Part* const part_;
  kernels::Precision gradients_;
  Rng rng_;
  std::optional<Teacher> teacher_;
  std::unique_ptr<BatchStream> batches_;
  long sequences_;
  Optimizer optimizer_;
  std::optional<WeightAverage> average_;
  std::optional<OscillationTracker> oscillation_;
  Schedule schedule_;
  Plateau plateau_;
  TrainingState state_;
  EpochSums last_epoch_;
};

}  // namespace nibble
