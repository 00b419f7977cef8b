#pragma once

#include <memory>
#include <string>

#include "datasets/datasets.h"
#include "experiments/config/config.h"
#include "experiments/tasks/task.h"
#include "layers/network/network.h"

namespace nibble {

/// The network of a finished or interrupted run as it is evaluated: structure from its config, averaged
/// weights where the run kept an average, otherwise the last ones.
struct LoadedRun {
  ExperimentConfig config;
  Data data;
  std::unique_ptr<Task> task;  // of that data
  Network network;

  /// The data of an image run or of a language model; Error for the other kind, in the name of `who`.
  const ImageSet& images(const std::string& who) const;
  const Corpus& text(const std::string& who) const;
};
/// Throws Error for a directory that is no run, and for data whose words are not those of the training.
LoadedRun load_run(const std::string& directory);

/// Whether the trained network can become integers: not where only products were quantized.
bool has_integers(const ExperimentConfig& config);

/// The network alone, for a task of the caller's. Throws Error for a directory that is no run, and where
/// words or classes of the task are not those of the training.
Network trained_network(const std::string& directory, const Task& task);

/// The network that a config describes, with quantizers where it asks for them but weights as initialized:
/// inspection. Needs no data.
Network describe_network(const ExperimentConfig& config);

}  // namespace nibble
