#pragma once

#include "experiments/config/config.h"

namespace nibble {

struct RunOptions {
  bool force = false;   // replace a finished run
  std::string command;  // the command line, for the record
  std::string config_file;
};

enum class RunOutcome { finished, interrupted };

/// The whole story of one run: data, model, quantizers, training, evaluation in float, fake-quantized and
/// integer arithmetic, record. Resumes an interrupted run of the same config. After SIGINT or SIGTERM it
/// finishes the step, writes the checkpoint and returns `interrupted`.
RunOutcome run_training(const ExperimentConfig& config, const RunOptions& options);

/// Quantizers initialized from data, no training: writes a run as run_training does.
RunOutcome run_calibration(const ExperimentConfig& config, const RunOptions& options);

}  // namespace nibble
