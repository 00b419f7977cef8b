#pragma once

#include <string>
#include <vector>

#include "autograd/optimizer.h"
#include "experiments/config/config.h"
#include "experiments/training/transition_rate.h"
#include "layers/network/network.h"
#include "quant/ops/oscillation.h"

namespace nibble {

/// Watches the weights of at most 4 bits of a network in training, damps their oscillation and freezes those
/// that oscillate (quant/ops/oscillation.h), as train.damping and train.freeze_oscillating say; and gives
/// each a learning rate that changes as many of its codes as train.transition_rate says (transition_rate.h).
class OscillationTracker {
 public:
  static bool wanted(const TrainConfig& config) {
    return config.damping > 0 || config.freeze_oscillating > 0 || config.transition_rate > 0;
  }

  /// batches: of the whole training. The network outlives it. Throws Error where there is no weight to watch,
  /// or two layers share one. Quantizers need no scales yet.
  OscillationTracker(Network& network, const TrainConfig& config, long batches);

  /// Once before the first optimizer step, unless state() restores what was remembered.
  void begin();

  /// In front of an optimizer step: adds the gradient of the penalty. `batch` are those done so far.
  void damp(long batch) const;
  /// The same: sets the learning rates of the weights, where train.transition_rate schedules them.
  void set_learning_rates(Optimizer& optimizer) const;
  /// Behind an optimizer step: freezes weights, and puts frozen ones on their codes. Returns the share of the
  /// watched weights whose codes the step has changed.
  double follow(long batch);

  /// Of the watched weights.
  double frozen_share() const;

  /// λ of the penalty: rises by a cosine from 0 to train.damping.
  double damping(long batch) const;
  /// Frequency above which a weight freezes: 0.1, and from a quarter of the training on falling by a cosine
  /// to train.freeze_oscillating. 0 where nothing freezes.
  double threshold(long batch) const;

  /// The share of a weight's codes that a step should change: falls by a cosine from
  /// train.transition_rate · √bits to 0.
  double transition_target(long batch, int bits) const;

  /// Visits what is remembered: "layer1/0/conv1/weight/frequency" and four or five others a weight.
  void state(const StateFn& visit);

 private:
  struct Watched {
    std::string path;
    Var weight;
    const Quantizer* quantizer;
    CodeHistory history;
    TransitionRate transitions;
  };
  void watch(const std::string& path, const Weights& weights);

  TrainConfig config_;
  long batches_;
  long count_ = 0;  // of watched weights, one a number
  std::vector<Watched> watched_;
};

}  // namespace nibble
