#include <iostream>

#include "experiments/cluster/study_status.h"
#include "experiments/cluster/submit.h"
#include "experiments/launch/run_sweep.h"
#include "experiments/launch/select_runs.h"
#include "experiments/launch/sweep_states.h"
#include "experiments/mpi/mpi_job.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

namespace {

enum class SlurmWord { none, submit, status, cancel, resubmit };

struct SweepWords {
  bool list = false, dry_run = false;
  RunSelection selection;
  SweepRunOptions how;
  SlurmWord slurm = SlurmWord::none;
  std::size_t runs_per_task = 0;
};

void describe(Options& options, SweepWords& words) {
  options.add_switch("list", words.list, "List the runs with their numbers and values; run nothing.");
  options.add_switch("dry-run", words.dry_run, "List the runs and their state; run nothing.");
  options.add("jobs", words.how.jobs, "Runs at the same time, which share the threads.", within(1, 1024));
  options.add("index", words.selection.index,
              "Only the runs with these numbers, as --list shows them: 3, or 1..4,7.");
  options.add("only", words.selection.only,
              "Only the runs whose names fit a pattern, such as 'w4*'; several are separated by commas.");
  options.add_switch("failed", words.selection.failed, "Only the runs that have failed.");
  options.add_switch("rerun", words.how.rerun, "Replace runs that are there with another config.");
  options.add_switch("requeue", words.how.requeue,
                     "End with exit code 75 where a run was killed: for a scheduler that starts it again.");
  options.add<SlurmWord>(
      "slurm", words.slurm,
      {{"none", SlurmWord::none},
       {"submit", SlurmWord::submit},
       {"status", SlurmWord::status},
       {"cancel", SlurmWord::cancel},
       {"resubmit", SlurmWord::resubmit}},
      "submit sends the runs that are missing to Slurm, one array job a stage, as [cluster] says; "
      "resubmit those that have failed, too; status tells how all are; cancel takes them out.");
  options.add(
      "runs-per-task", words.runs_per_task,
      "With --slurm: runs of one task of an array, one after another; 0: one, or as many as are needed.",
      within(0, 1e6));
}

void refuse_contradictions(const SweepWords& words) {
  const bool slurm = words.slurm != SlurmWord::none;
  if (words.list + words.dry_run + slurm > 1)
    usage_error("sweep: found two of --list, --dry-run and --slurm, expected one of them");
  if (!slurm && words.runs_per_task > 0)
    usage_error("sweep: found --runs-per-task, expected --slurm submit with it");
  if (slurm && (words.how.jobs > 1 || words.how.rerun || words.how.requeue))
    usage_error("sweep: found --jobs, --rerun or --requeue with --slurm, expected it without them");
}

int slurm_sweep(const Sweep& sweep, const std::string& path, const SweepWords& words,
                const std::vector<std::size_t>& selected) {
  const SubmitOptions how{words.runs_per_task, words.slurm == SlurmWord::resubmit, selected};
  switch (words.slurm) {
    case SlurmWord::submit:
    case SlurmWord::resubmit:
      submit_sweep(sweep, path, how, std::cout);
      break;
    case SlurmWord::cancel:
      cancel_sweep(sweep, path, std::cout);
      break;
    case SlurmWord::status:
      return print_study(sweep, path, selected, std::cout) > 0 ? kFailure : kSuccess;
    case SlurmWord::none:
      break;
  }
  return kSuccess;
}

}  // namespace

int sweep_verb(const Words& words) {
  ExperimentConfig config;
  SweepWords asked;
  Options options;
  describe(options, asked);
  describe(options, config);
  CommandLine line = read_words(options, words, "sweep");
  const std::string path = only_argument(line, "sweep");
  options.apply(line.settings);
  std::erase_if(line.settings, [](const Setting& setting) { return section_of(setting.key).empty(); });
  refuse_contradictions(asked);
  start_others_alone();

  const Sweep sweep = load_sweep(path, line.settings);
  const std::vector<std::size_t> selected = select_runs(sweep, asked.selection);
  if (asked.slurm != SlurmWord::none) return slurm_sweep(sweep, path, asked, selected);
  if (asked.list) {
    print_list(sweep, selected, std::cout);
  } else if (asked.dry_run) {
    print_states(sweep, selected, std::cout);
  } else {
    return run_sweep(sweep, selected, asked.how);
  }
  return kSuccess;
}

}  // namespace nibble
