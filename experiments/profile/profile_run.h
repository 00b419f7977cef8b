#pragma once

#include <ostream>
#include <string>

#include "experiments/config/config.h"
#include "experiments/profile/step_profile.h"
#include "experiments/training/train.h"

namespace nibble {

struct ProfileOptions {
  int warmup = 5;    // steps before: they create primitives and fill the buffer pool
  int steps = 20;    // steps of which medians are taken
  std::string json;  // a file for the same as JSON; empty: none
  int columns = 0;   // of the terminal; 0: it is none
};

/// Times the next warmup + steps training steps. They are ordinary steps of this training.
StepProfile profile_steps(Trainer& trainer, Network& network, const TrainConfig& config,
                          const ProfileOptions& options);

/// `nibble train CONFIG --profile`: network, quantizers and data as a new run of this config would have them,
/// some steps, a table to `out`. The run's directory is neither read nor written.
void profile_training(const ExperimentConfig& config, const ProfileOptions& options, std::ostream& out);

}  // namespace nibble
