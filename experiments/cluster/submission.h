#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "experiments/launch/sweep.h"

namespace nibble {

// What --slurm submit leaves on disk, once each time: <run.output of the first run>/slurm/<sweep file>/1, 2,
// ...
//   manifest.txt, configs/     the runs as they were (launch/manifest.h)
//   STAGE.tasks                a line a task: the numbers of its runs in the manifest, separated by commas
//   STAGE.sh                   the script of the array job; `runs` stands for the stage of a sweep without
//   stages jobs.txt                   a line a job: stage file, number of the job logs/ STAGE_JOB_TASK.out
//   requeues/                  STAGE_TASK: a line for each time that the task was put into the queue again

/// One array job.
struct SubmittedJob {
  std::string stage;                                 // name of its files
  long job = 0;                                      // its number
  std::vector<std::vector<std::string>> tasks = {};  // names of the runs of each task
};

struct Submission {
  std::string directory;
  std::vector<SubmittedJob> jobs;
};

/// Where the submissions of a sweep lie.
std::string submissions_directory(const Sweep& sweep, const std::string& sweep_file);

/// In order; none where nothing was submitted. Throws Error for files that are damaged.
std::vector<Submission> read_submissions(const std::string& directory);

/// Makes the directory of the next one.
Submission next_submission(const std::string& directory);

/// "runs" for a sweep without stages.
std::string stage_file(const std::string& stage);

/// Notes a job that was submitted, so that it is known even if the next one cannot be.
void note_job(const Submission& submission, const SubmittedJob& job);

/// Where a run was sent last.
struct RunPlace {
  const Submission* submission = nullptr;
  const SubmittedJob* job = nullptr;
  std::size_t task = 0;  // from 1
};
std::optional<RunPlace> place_of(const std::vector<Submission>& submissions, const std::string& run);

}  // namespace nibble
