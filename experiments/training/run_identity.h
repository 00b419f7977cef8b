#pragma once

#include <string>

#include "experiments/config/config.h"
#include "experiments/results/run_directory.h"
#include "experiments/tasks/task.h"
#include "experiments/training/checkpoint.h"

namespace nibble {

// Whose checkpoint is it? Nothing of another run is taken for one's own.

/// Whether a training or a calibration wrote a checkpoint.
RunKind kind_of(const Checkpoint& checkpoint);

/// Refuses, as a UsageError that says what differs, to go on from a checkpoint in a run's directory that
/// another kind of run, another config or other data made.
void check_resumable(const Checkpoint& checkpoint, const ExperimentConfig& config, RunKind kind,
                     const Task& task, const std::string& path);

/// Why a training cannot go on with the scales and shifts of a quantized network that it starts from: what
/// differs between the two configs. Empty: it can.
std::string other_quantizers(const Checkpoint& from, const ExperimentConfig& config);

/// For a run that is read, not continued. Throws Error if config.ini lacks keys that the checkpoint's config
/// has, as after a copy that was cut short, or describes another network. Returns a sentence about what else
/// differs; empty where nothing does.
std::string compare_with_training(const Checkpoint& checkpoint, const RunDirectory& directory,
                                  const Task& task);

}  // namespace nibble
