#pragma once

#include <string>
#include <vector>

#include "experiments/launch/cluster_keys.h"

namespace nibble {

/// A text as one word of a shell.
std::string shell_word(const std::string& text);

/// What the array job of one stage needs to know. Paths are absolute.
struct StageJob {
  std::string job_name;   // for the queue
  std::string file_name;  // of what belongs to the stage in `directory`: FILE.sh, FILE.tasks
  std::string directory;  // of the submission (submission.h)
  std::string work_directory;
  std::string program;  // nibble
  std::size_t tasks = 0;
  ClusterConfig cluster;
};

/// A shell script that Slurm runs once for each task of an array, from 1 on; or anybody else, with
/// SLURM_ARRAY_TASK_ID set. It runs `nibble sweep manifest.txt --index ...` with the numbers in line TASK of
/// FILE.tasks. At SIGUSR1, which Slurm sends before the time limit, the run in progress writes its
/// checkpoint; then, and where a run was killed, the script puts its task into the queue again, at most
/// cluster.requeues times, and notes that in requeues/FILE_TASK. It needs sh, sed and scontrol.
std::string job_script(const StageJob& job);

/// The name, in `directory`, of the log of a task: logs/FILE_JOB_TASK.out.
std::string task_log(const std::string& file_name, long job, std::size_t task);
/// The file that has a line for each time that a task was put into the queue again.
std::string task_requeues(const std::string& file_name, std::size_t task);

}  // namespace nibble
