#pragma once

#include <memory>
#include <string>

#include "edge/graph/integer_graph.h"
#include "experiments/config/config.h"
#include "experiments/tasks/task.h"
#include "layers/network/network.h"

namespace nibble {

/// The network of a finished or interrupted run as it is evaluated: structure from its config, averaged
/// weights where the run kept an average, otherwise the last ones.
struct LoadedRun {
  ExperimentConfig config;
  std::unique_ptr<Task> task;
  Network network;
};
/// Throws Error for a directory that is no run, for a config.ini that was cut short or describes another
/// network than the one that was trained, and for data whose words are not those of the training. What else
/// differs from the training is told on stderr.
LoadedRun load_run(const std::string& directory);

/// The float network of a config whose weights come from elsewhere (model.start_from) and are judged as they
/// are. Throws UsageError, in the name of `verb`, for a config that names no weights or asks for quantizers,
/// whose scales only a run has.
LoadedRun load_start(const ExperimentConfig& config, const std::string& verb = "evaluate");

/// The float network of a run or of a config's weights, whatever quantizers either has: they are left out.
/// `config` keeps their policy. Throws as load_run and load_start do.
LoadedRun load_float_run(const std::string& directory);
LoadedRun load_float_start(const ExperimentConfig& config, const std::string& verb);

/// The integers of a quantized run; Error for a float one. `name` is what messages call it.
edge::IntegerGraph lower_run(const LoadedRun& run, const std::string& name);

/// Where the C of a run comes from: "nibble 0.1.0, commit 97db10c1a2b3, config 0123456789abcdef".
std::string origin_of(const LoadedRun& run);

/// The network alone, for a task of the caller's. Throws Error for a directory that is no run, and where
/// words or classes of the task are not those of the training.
Network trained_network(const std::string& directory, const Task& task);

/// The network that a config describes, with quantizers where it asks for them but weights as initialized:
/// inspection. Needs no data.
Network describe_network(const ExperimentConfig& config);

}  // namespace nibble
