#pragma once

#include "experiments/config/config.h"
#include "experiments/tasks/task.h"
#include "layers/network/network.h"

namespace nibble {

/// The last word on weights and statistics, once scales and shifts are settled: corrected biases, compensated
/// rounding, norms estimated anew, as far as the config asks for them. Rounding what is rounded changes
/// nothing, and statistics are taken without regard to those of before, so a run that is stopped in between
/// may do it again. Corrected biases are those of a calibration that begins anew where it was stopped.
/// Returns whether anything was asked for.
bool settle(Network& network, const Task& task, const ExperimentConfig& config);

/// Throws UsageError where the config asks for norms estimated anew of a network or data that have none.
void check_norms(Network& network, const Task& task, const ExperimentConfig& config);

}  // namespace nibble
