#pragma once

#include "experiments/config/config.h"

namespace nibble {

/// Bind the keys of a section to its fields.
void describe_quant(Options& options, QuantPolicy& policy, int& calibration_samples);
void describe_reconstruct(Options& options, ReconstructConfig& reconstruct);
void describe_train(Options& options, TrainConfig& train);

}  // namespace nibble
