#pragma once

#include <functional>

#include "experiments/results/run_directory.h"
#include "experiments/training/run.h"

namespace nibble {

/// Lets `work` fill a run's directory while no other process may, with signals watched. A run that is
/// finished is told to be so and left alone. Throws UsageError, naming what differs, where another run is,
/// and BusyError where another process works. A UsageError of `work` leaves the directory as it was; another
/// error leaves its sentence in FAILED.
RunOutcome run_claimed(const ExperimentConfig& config, const RunOptions& options, RunKind kind,
                       const std::function<RunOutcome()>& work);

}  // namespace nibble
