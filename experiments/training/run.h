#pragma once

#include "core/parts/ranks.h"
#include "experiments/config/config.h"

namespace nibble {

struct RunOptions {
  bool force = false;   // replace the run that is there
  std::string command;  // the command line, for the record
  std::string config_file;
  Ranks* ranks =
      nullptr;  // the processes that train together; the first writes and judges; null: this one alone
  int processes_here = 1;  // of them, on this machine
};

enum class RunOutcome { finished, interrupted };

/// The whole story of one run: data, model, quantizers, training, evaluation in float, fake-quantized and
/// integer arithmetic, record. Resumes an interrupted run of the same config; one that is finished stays as
/// it is, and is told to be finished. After a signal (process/signals.h) it finishes the step, writes the
/// checkpoint and returns `interrupted`. What a user can have got wrong is a UsageError, and BusyError names
/// another process that works on the run; both come before any file of a run is changed.
RunOutcome run_training(const ExperimentConfig& config, const RunOptions& options);

/// Quantizers initialized from data, no training: writes a run as run_training does.
RunOutcome run_calibration(const ExperimentConfig& config, const RunOptions& options);

}  // namespace nibble
