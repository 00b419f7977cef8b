#include "experiments/cluster/study_status.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "core/suggest.h"
#include "experiments/cluster/job_script.h"
#include "experiments/cluster/slurm.h"
#include "experiments/cluster/submission.h"
#include "experiments/launch/sweep_states.h"
#include "experiments/process/table.h"
#include "experiments/process/terminal.h"
#include "experiments/results/run_directory.h"

namespace nibble {
namespace {

// The last line of a file that is not blank; empty where there is none.
std::string last_line(const std::string& path) {
  std::ifstream file(path);
  std::string last;
  for (std::string line; std::getline(file, line);)
    if (!trim(line).empty()) last = trim(line);
  return last;
}

long lines_in(const std::string& path) {
  std::ifstream file(path);
  long count = 0;
  for (std::string line; std::getline(file, line);) ++count;
  return count;
}

struct StudyRow {
  std::string state, task, remark;
};

// What Slurm was told and says.
struct Cluster {
  std::vector<Submission> submissions;
  std::map<SlurmTask, SlurmState> queue, accounts;

  const SlurmState* found(const RunPlace& place) const {
    const SlurmTask task{place.job->job, static_cast<long>(place.task)};
    for (const auto* states : {&queue, &accounts}) {
      const auto state = states->find(task);
      if (state != states->end()) return &state->second;
    }
    return nullptr;
  }
};

Cluster ask_cluster(const Sweep& sweep, const std::string& sweep_file) {
  Cluster cluster{read_submissions(submissions_directory(sweep, sweep_file)), {}, {}};
  if (cluster.submissions.empty()) return cluster;
  std::vector<long> jobs;
  for (const Submission& submission : cluster.submissions)
    for (const SubmittedJob& job : submission.jobs) jobs.push_back(job.job);
  cluster.queue = queued_tasks();
  cluster.accounts = accounted_tasks(jobs);
  return cluster;
}

std::string of_log(const RunPlace& place) {
  return last_line(place.submission->directory + "/" +
                   task_log(place.job->stage, place.job->job, place.task));
}

StudyRow row_of(const SweepRun& run, const Cluster& cluster) {
  const SweepOutcome there = look_at(run);
  const std::optional<RunPlace> place = place_of(cluster.submissions, run.name);
  const SlurmState* const slurm = place ? cluster.found(*place) : nullptr;
  StudyRow row;
  if (place) row.task = str(place->job->job, "_", place->task);
  const long requeues =
      place ? lines_in(place->submission->directory + "/" + task_requeues(place->job->stage, place->task))
            : 0;
  const std::string again =
      requeues == 0 ? "" : str("requeued ", requeues, requeues == 1 ? " time" : " times");
  const auto with = [](const std::string& a, const std::string& b) {
    return a + (a.empty() || b.empty() ? "" : "; ") + b;
  };
  if (there.state == SweepState::finished) {
    row.state = "finished";
    row.remark = with(RunDirectory(run.directory).final_figure(), again);
  } else if (there.state == SweepState::running) {
    row.state = "running";
    row.remark =
        with(progress_of(last_line(RunDirectory(run.directory).log()), run.config.train.epochs), again);
  } else if (there.state == SweepState::other) {
    row.state = "another run";
    row.remark = there.remark;
  } else if (slurm && slurm->active()) {
    row.state = "waiting";
    row.remark = with(slurm->state == "PENDING" ? slurm->reason : "its task runs", again);
  } else if (there.state == SweepState::failed) {
    row.state = "failed";
    row.remark = with(why_failed(run, ""), again);
  } else if (place) {
    const bool went_on = there.state == SweepState::interrupted || (slurm && slurm->state == "CANCELLED");
    row.state = went_on ? "stopped" : "failed";
    row.remark = with(with(slurm ? slurm->state : "ended without a result", of_log(*place)), again);
  } else {
    row.state = "not submitted";
    row.remark = there.state == SweepState::interrupted ? "interrupted" : "";
  }
  return row;
}

}  // namespace

std::string progress_of(const std::string& log_line, int epochs) {
  std::istringstream words(log_line);
  int epoch = 0;
  double seconds = 0;
  for (std::string word; words >> word;) {
    if (word.starts_with("epoch=")) parse_value(word.substr(6), epoch);
    if (word.starts_with("seconds=")) parse_value(word.substr(8), seconds);
  }
  if (epoch == 0) return "";
  return str("epoch ", epoch, "/", epochs, ", ETA ", format_duration((epochs - epoch) * seconds));
}

long print_study(const Sweep& sweep, const std::string& sweep_file, const std::vector<std::size_t>& selected,
                 std::ostream& out) {
  const Cluster cluster = ask_cluster(sweep, sweep_file);
  Table table{.columns = {{"run"}, {"state"}, {"task"}, {"remark"}}};
  std::map<std::string, long> counts;
  for (const std::size_t i : selected) {
    const StudyRow row = row_of(sweep.runs[i], cluster);
    ++counts[row.state];
    table.rows.push_back({sweep.runs[i].name, row.state, row.task, row.remark});
  }
  print(table, out, 0);
  std::vector<std::string> parts;
  for (const char* state :
       {"finished", "running", "waiting", "stopped", "failed", "not submitted", "another run"})
    if (counts[state] > 0) parts.push_back(str(counts[state], " ", state));
  out << selected.size() << " runs: " << join(parts) << "\n";
  return counts["failed"];
}

}  // namespace nibble
