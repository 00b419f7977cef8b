#pragma once

#include <string>

#include "experiments/training/checkpoint.h"
#include "experiments/training/train.h"

namespace nibble {

/// Everything that a training changes: parameters, statistics, moments, averages, the position in the data
/// and the sums of the epoch so far. Config and record are the caller's to add. state: the trainer's, whole.
Checkpoint capture_training(Network& network, Trainer& trainer, const TrainingState& state);
Checkpoint capture_training(Network& network, Trainer& trainer);

/// The other way, into a network and trainer made from the same config. Throws Error, naming `source`, for
/// what is missing or misshapen.
void restore_training(Network& network, Trainer& trainer, const Checkpoint& checkpoint,
                      const std::string& source);

}  // namespace nibble
