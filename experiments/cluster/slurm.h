#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace nibble {

// Slurm's programs, as far as a sweep needs them.

/// One task of an array job, (job, task).
using SlurmTask = std::pair<long, long>;

struct SlurmState {
  std::string state;   // "PENDING", "RUNNING", "COMPLETED", "TIMEOUT", ...
  std::string reason;  // why it waits: "Priority", "Dependency"; or nothing

  /// Waits, runs, or is about to do either again.
  bool active() const;
};

/// Submits a script, behind the success of other jobs where there are some; the number of the new job. Throws
/// Error with what sbatch says.
long submit_job(const std::string& script, const std::vector<long>& after);

/// The caller's tasks that the queue knows, and those that have ended a short while ago. Throws Error where
/// squeue cannot be asked.
std::map<SlurmTask, SlurmState> queued_tasks();

/// What the accounting knows about tasks of these jobs; nothing where a cluster keeps none.
std::map<SlurmTask, SlurmState> accounted_tasks(const std::vector<long>& jobs);

void cancel_jobs(const std::vector<long>& jobs);

/// The most tasks of one array, when they are numbered from 1: MaxArraySize - 1.
std::size_t most_tasks();

/// "12_3|RUNNING|None", one task a line; a line "12_[4-9]|..." is of several. `lines` as squeue and sacct
/// write them.
std::map<SlurmTask, SlurmState> parse_tasks(const std::string& lines);

}  // namespace nibble
