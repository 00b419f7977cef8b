#include <iostream>
#include <memory>
#include <thread>

#include "experiments/mpi/mpi_job.h"
#include "experiments/process/terminal.h"
#include "experiments/profile/estimate.h"
#include "experiments/profile/profile_run.h"
#include "experiments/profile/scaling.h"
#include "experiments/training/run.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

namespace {

int exit_code(RunOutcome outcome) { return outcome == RunOutcome::finished ? kSuccess : kInterrupted; }

// Where mpirun has started several processes, the first one speaks for all.
RunOutcome train_together(const ExperimentConfig& config, RunOptions how) {
  // Lives until main has told what went wrong: its end ends the other processes.
  static const std::unique_ptr<MpiJob> job = MpiJob::join();
  if (!job) return run_training(config, how);
  how.processes_here = job->processes_here();
  how.ranks = &job->ranks();
  const long rank = job->ranks().index();
  std::streambuf *const out = std::cout.rdbuf(), *const err = std::cerr.rdbuf();
  if (rank != 0) std::cout.rdbuf(nullptr), std::cerr.rdbuf(nullptr);
  const auto speak_again = [&] {
    std::cout.rdbuf(out), std::cout.clear(), std::cerr.rdbuf(err), std::cerr.clear();
  };
  try {
    const RunOutcome outcome = run_training(config, how);
    speak_again();
    job->finish();
    return outcome;
  } catch (const Error& error) {
    speak_again();
    if (dynamic_cast<const UsageError*>(&error)) job->end_with(kUsage);
    if (dynamic_cast<const BusyError*>(&error)) job->end_with(kBusy);
    if (rank == 0) throw;
    std::this_thread::sleep_for(kFirstSpeaks);
    fail("rank ", rank, ": ", error.what());
  }
}

}  // namespace

int train_verb(const Words& words) {
  ExperimentConfig config;
  RunOptions how;
  ProfileOptions profile;
  Link link;
  int ranks = 1, epoch_samples = 0;
  bool profiling = false, estimating = false;
  Options options;
  options.add_switch("force", how.force, "Replace the run that is there.");
  options.add_switch("estimate", estimating,
                     "Say how long the run would take here, and how much memory and disk, from some steps.");
  options.add("ranks", ranks,
              "Of --estimate: say what so many processes of mpirun would take; a power of two.", at_least(1));
  options.add("bandwidth", link.bandwidth, "Of --ranks: GB/s each way between two of them.", above(0));
  options.add("latency", link.latency, "Of --ranks: microseconds that a message takes however short it is.",
              at_least(0));
  options.add("epoch-samples", epoch_samples,
              "Of --ranks: count as if the training split had so many samples; 0: those that it has.",
              at_least(0));
  options.add_switch("profile", profiling, "Time some steps layer by layer instead of training the run.");
  options.add("steps", profile.steps, "Steps to profile.", at_least(1));
  options.add("json", profile.json, "A file for the profile.");
  how.config_file = read_configured(options, config, words, "train");
  if (!profiling && (profile.steps != ProfileOptions().steps || !profile.json.empty()))
    usage_error("train: found --steps or --json, expected --profile with them");
  if (profiling || estimating) expect_one_process(profiling ? "train --profile" : "train --estimate");
  if (estimating) {
    if (profiling || how.force) usage_error("train: found --estimate and another switch, expected it alone");
    if (ranks > 1) {
      print_scaling(estimate_scaling(config, ranks, link, epoch_samples), link, std::cout, output_columns());
    } else {
      print_estimate(estimate_training(config), std::cout, output_columns());
    }
    return kSuccess;
  }
  if (profiling) {
    profile.columns = output_columns();
    profile_training(config, profile, std::cout);
    return kSuccess;
  }
  how.command = "nibble train " + join(words, " ");
  return exit_code(train_together(config, how));
}

int calibrate_verb(const Words& words) {
  ExperimentConfig config;
  RunOptions how;
  Options options;
  options.add_switch("force", how.force, "Replace the run that is there.");
  how.config_file = read_configured(options, config, words, "calibrate");
  how.command = "nibble calibrate " + join(words, " ");
  return exit_code(run_calibration(config, how));
}

}  // namespace nibble
