#pragma once

#include <memory>
#include <optional>

#include "core/noncopyable.h"
#include "datasets/datasets.h"
#include "experiments/config/config.h"
#include "experiments/training/train.h"

namespace nibble {

/// Task, network with its quantizers, and trainer as a new run of a config would have them, with the threads
/// that it asks for. The run's directory is neither read nor written.
struct FreshTraining : NonCopyable {
  FreshTraining(const ExperimentConfig& config, const Data& data);

  std::unique_ptr<Task> task;
  Network network;
  std::optional<Trainer> trainer;
};

}  // namespace nibble
