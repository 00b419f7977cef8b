#pragma once

#include <ostream>
#include <string>

#include "experiments/launch/sweep.h"

namespace nibble {

struct SubmitOptions {
  std::size_t runs_per_task = 0;           // 0: one, or as many as an array's size asks for
  bool failed = false;                     // runs that have failed, too
  std::vector<std::size_t> selected = {};  // places in sweep.runs
};

/// Sends what is missing to Slurm: one array job a stage, which starts after the success of the jobs in which
/// runs of its parent's stage are. Left out are runs that are finished, that another process works on, that
/// are in the queue, and, unless asked for, that have failed. Says what was sent. Throws UsageError, before
/// anything is sent, as run_sweep does, for a stage with more tasks than an array may have, and where sbatch
/// does not take a job.
void submit_sweep(const Sweep& sweep, const std::string& sweep_file, const SubmitOptions& options,
                  std::ostream& out);

/// Takes all jobs of the sweep out of the queue. Runs in progress write their checkpoints.
void cancel_sweep(const Sweep& sweep, const std::string& sweep_file, std::ostream& out);

}  // namespace nibble
