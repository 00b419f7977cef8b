#include "experiments/cluster/submit.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/files/atomic_file.h"
#include "core/suggest.h"
#include "experiments/cluster/job_script.h"
#include "experiments/cluster/slurm.h"
#include "experiments/cluster/submission.h"
#include "experiments/launch/admit_sweep.h"
#include "experiments/launch/manifest.h"
#include "experiments/launch/sweep_states.h"

namespace nibble {
namespace {

namespace fs = std::filesystem;

struct Sorted {
  std::vector<std::size_t> missing;
  std::set<std::string> queued;  // runs that wait or run in a job
  long finished = 0, busy = 0, failed = 0;
};

bool is_queued(const std::vector<Submission>& submissions, const std::map<SlurmTask, SlurmState>& queue,
               const std::string& run) {
  const std::optional<RunPlace> place = place_of(submissions, run);
  if (!place) return false;
  const auto task = queue.find({place->job->job, static_cast<long>(place->task)});
  return task != queue.end() && task->second.active();
}

Sorted sort_runs(const Sweep& sweep, const SubmitOptions& options, const std::vector<Submission>& submissions,
                 const std::map<SlurmTask, SlurmState>& queue) {
  Sorted sorted;
  for (const std::size_t i : options.selected) {
    const SweepRun& run = sweep.runs[i];
    const SweepState state = look_at(run).state;
    if (state == SweepState::finished) {
      ++sorted.finished;
    } else if (is_queued(submissions, queue, run.name)) {
      sorted.queued.insert(run.name);
    } else if (state == SweepState::running) {
      ++sorted.busy;
    } else if (state == SweepState::failed && !options.failed) {
      ++sorted.failed;
    } else {
      sorted.missing.push_back(i);
    }
  }
  return sorted;
}

// In the order of the sweep.
std::vector<std::string> stages_of(const Sweep& sweep) {
  std::vector<std::string> stages;
  for (const SweepRun& run : sweep.runs)
    if (std::find(stages.begin(), stages.end(), run.stage) == stages.end()) stages.push_back(run.stage);
  return stages;
}

// The missing runs of a stage in tasks of the same number of runs.
std::vector<std::vector<std::size_t>> tasks_of_stage(const Sweep& sweep, const std::string& stage,
                                                     const std::vector<std::size_t>& missing,
                                                     std::size_t runs_per_task, std::size_t most) {
  std::vector<std::size_t> runs;
  std::copy_if(missing.begin(), missing.end(), std::back_inserter(runs),
               [&](std::size_t i) { return sweep.runs[i].stage == stage; });
  const std::size_t fewest = (runs.size() + most - 1) / most;
  if (runs_per_task != 0 && runs_per_task < fewest)
    usage_error("sweep: --runs-per-task is ", runs_per_task, " for ", runs.size(),
                " runs, but an array has at most ", most, " tasks here; expected at least ", fewest);
  const std::size_t each = runs_per_task != 0 ? runs_per_task : std::max<std::size_t>(1, fewest);
  std::vector<std::vector<std::size_t>> tasks;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (i % each == 0) tasks.emplace_back();
    tasks.back().push_back(runs[i]);
  }
  return tasks;
}

// Jobs in which parents of these runs are: of this submission, or of those before.
std::vector<long> jobs_of_parents(const Sweep& sweep, const std::vector<std::vector<std::size_t>>& tasks,
                                  const std::vector<Submission>& submissions,
                                  const std::set<std::string>& in_queue) {
  std::set<long> jobs;
  for (const std::vector<std::size_t>& task : tasks) {
    for (const std::size_t i : task) {
      if (!sweep.runs[i].parent) continue;
      const std::string& parent = sweep.runs[*sweep.runs[i].parent].name;
      const std::optional<RunPlace> place = place_of(submissions, parent);
      if (place && in_queue.count(parent)) jobs.insert(place->job->job);
    }
  }
  return {jobs.begin(), jobs.end()};
}

SubmittedJob send_stage(const Sweep& sweep, const std::string& sweep_file, const std::string& stage,
                        const std::vector<std::vector<std::size_t>>& tasks, const Submission& submission,
                        const std::vector<long>& after) {
  SubmittedJob sent{stage_file(stage), 0, {}};
  std::string lines;
  for (const std::vector<std::size_t>& task : tasks) {
    std::vector<std::string> numbers;
    sent.tasks.emplace_back();
    for (const std::size_t i : task) {
      numbers.push_back(std::to_string(i + 1));
      sent.tasks.back().push_back(sweep.runs[i].name);
    }
    lines += join(numbers, ",") + "\n";
  }
  const std::string stem = submission.directory + "/" + sent.stage;
  write_text_atomically(stem + ".tasks", lines);
  StageJob job{.job_name = fs::path(sweep_file).stem().string() + (stage.empty() ? "" : "-" + stage),
               .file_name = sent.stage,
               .directory = submission.directory,
               .work_directory = fs::current_path().string(),
               .program = fs::read_symlink("/proc/self/exe").string(),
               .tasks = tasks.size(),
               .cluster = sweep.clusters.at(stage)};
  write_text_atomically(stem + ".sh", job_script(job));
  sent.job = submit_job(stem + ".sh", after);
  note_job(submission, sent);
  return sent;
}

void say_what_is_left(const Sorted& sorted, std::ostream& out) {
  const auto say = [&](std::size_t count, const char* text) {
    if (count > 0) out << count << text << "\n";
  };
  say(static_cast<std::size_t>(sorted.finished), " finished");
  say(sorted.queued.size(), " in the queue");
  say(static_cast<std::size_t>(sorted.busy), " in the hands of another process");
  say(static_cast<std::size_t>(sorted.failed), " failed: --slurm resubmit sends them again");
}

}  // namespace

void submit_sweep(const Sweep& sweep, const std::string& sweep_file, const SubmitOptions& options,
                  std::ostream& out) {
  admit_sweep(sweep, options.selected, false);
  const std::string directory = submissions_directory(sweep, sweep_file);
  std::vector<Submission> submissions = read_submissions(directory);
  Sorted sorted = sort_runs(sweep, options, submissions, queued_tasks());
  std::map<std::string, std::vector<std::vector<std::size_t>>> tasks;
  const std::size_t most = most_tasks();
  for (const std::string& stage : stages_of(sweep))
    tasks[stage] = tasks_of_stage(sweep, stage, sorted.missing, options.runs_per_task, most);
  say_what_is_left(sorted, out);
  if (sorted.missing.empty()) {
    out << "nothing to send\n";
    return;
  }
  submissions.push_back(next_submission(directory));
  write_manifest(sweep, submissions.back().directory);
  for (const std::string& stage : stages_of(sweep)) {
    if (tasks[stage].empty()) continue;
    const std::vector<long> after = jobs_of_parents(sweep, tasks[stage], submissions, sorted.queued);
    const SubmittedJob job = send_stage(sweep, sweep_file, stage, tasks[stage], submissions.back(), after);
    std::size_t runs = 0;
    for (const std::vector<std::string>& task : job.tasks) {
      runs += task.size();
      sorted.queued.insert(task.begin(), task.end());
    }
    submissions.back().jobs.push_back(job);
    out << "job " << job.job << ": " << runs << " runs in " << job.tasks.size() << " tasks"
        << (stage.empty() ? "" : ", stage " + stage)
        << (after.empty() ? "" : str(", after ", after.size(), " jobs")) << std::endl;
  }
  out << "scripts, manifest and logs: " << submissions.back().directory << "\n";
}

void cancel_sweep(const Sweep& sweep, const std::string& sweep_file, std::ostream& out) {
  const std::map<SlurmTask, SlurmState> queue = queued_tasks();
  std::set<long> jobs;
  long tasks = 0;
  for (const Submission& submission : read_submissions(submissions_directory(sweep, sweep_file))) {
    for (const SubmittedJob& job : submission.jobs) {
      for (std::size_t task = 1; task <= job.tasks.size(); ++task) {
        const auto found = queue.find({job.job, static_cast<long>(task)});
        if (found == queue.end() || !found->second.active()) continue;
        jobs.insert(job.job);
        ++tasks;
      }
    }
  }
  cancel_jobs({jobs.begin(), jobs.end()});
  out << "cancelled " << tasks << " tasks of " << jobs.size() << " jobs\n";
}

}  // namespace nibble
