#pragma once

#include <ostream>
#include <string>

#include "experiments/config/config.h"

namespace nibble {

/// What a training would take on this machine, from some of its steps and evaluations.
struct TrainingEstimate {
  std::string model, method, data, unit;  // "resnet20", "lsq", "cifar10", "images"
  int threads = 0;
  int measured_steps = 0;
  double step_seconds = 0;  // of a batch, in the mean
  double samples_per_second = 0;
  long steps = 0, epochs = 0;  // steps of an epoch
  long evaluations = 0;        // behind epochs
  double evaluation_seconds = 0;
  double final_seconds = 0;     // what is evaluated once: start, test split, integers
  double peak_bytes = 0;        // of the process
  double checkpoint_bytes = 0;  // values of its tensors
  double record_bytes = 0;      // values of run.h5, which are compressed there

  double epoch_seconds() const { return static_cast<double>(steps) * step_seconds; }
  double seconds() const {
    return static_cast<double>(epochs) * epoch_seconds() +
           static_cast<double>(evaluations) * evaluation_seconds + final_seconds;
  }
};

/// Trains some steps of a network in memory, 20 behind 3 that only warm up, or as many as an epoch has, and
/// evaluates a few samples. The run's directory is neither read nor written, and no lock is taken. Throws
/// UsageError for a config without epochs.
TrainingEstimate estimate_training(const ExperimentConfig& config);

/// `nibble train CONFIG --estimate`: a small table, and that nothing was trained. columns: of the terminal;
/// 0: any width.
void print_estimate(const TrainingEstimate& estimate, std::ostream& out, int columns);

}  // namespace nibble
