#pragma once

#include <cstddef>
#include <vector>

#include "experiments/launch/sweep.h"

namespace nibble {

struct SweepRunOptions {
  bool rerun = false;    // replace runs that are there with another config
  int jobs = 1;          // runs at the same time
  bool requeue = false;  // exit code 75 where a run was killed: for a scheduler that starts the task again
};

/// Trains the selected runs, each as `nibble train` in a process of its own, so that none can disturb
/// another. A run waits for its parent; where that fails or is not there, the run is passed over, which is a
/// failure. Finished runs are skipped, interrupted ones resume, failed ones are reported and passed over.
/// Several jobs share the threads of this process, unless a config says how many its run has. Several sweeps
/// may share the work: a run on which another process works is left to it, and looked at again in the end. A
/// signal is handed to the runs in progress, which write their checkpoints; the sweep then ends. Prints a
/// table of the selected runs. Returns an exit code: success, failure if any run failed, interrupted.
/// Before anything runs, admit_sweep.h's checks are made; `rerun` replaces runs of another config.
int run_sweep(const Sweep& sweep, const std::vector<std::size_t>& selected, const SweepRunOptions& options);

}  // namespace nibble
