#pragma once

#include "experiments/config.h"
#include "experiments/task.h"
#include "layers/network.h"

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

/// The network of a finished or interrupted run as it is evaluated: structure from its config, averaged
/// weights where the run kept an average, otherwise the last ones.
struct LoadedRun {
  ExperimentConfig config;
  Data data;
  std::unique_ptr<Task> task;  // of that data
  Network network;

  /// The data of an image run or of a language model; Error for the other kind, in the name of `who`.
  const Dataset& images(const std::string& who) const;
  const Corpus& text(const std::string& who) const;
};
LoadedRun load_run(const std::string& directory);

/// Whether the trained network can become integers: not where only products were quantized.
bool has_integers(const ExperimentConfig& config);

/// The network that a config describes, with quantizers where it asks for them but weights as initialized:
/// inspection. Needs no data.
Network describe_network(const ExperimentConfig& config);

}  // namespace nibble
