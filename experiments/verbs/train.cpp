#include <iostream>

#include "experiments/process/terminal.h"
#include "experiments/profile/estimate.h"
#include "experiments/profile/profile_run.h"
#include "experiments/training/run.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

namespace {

int exit_code(RunOutcome outcome) { return outcome == RunOutcome::finished ? kSuccess : kInterrupted; }

}  // namespace

int train_verb(const Words& words) {
  ExperimentConfig config;
  RunOptions how;
  ProfileOptions profile;
  bool profiling = false, estimating = false;
  Options options;
  options.add_switch("force", how.force, "Replace the run that is there.");
  options.add_switch("estimate", estimating,
                     "Say how long the run would take here, and how much memory and disk, from some steps.");
  options.add_switch("profile", profiling, "Time some steps layer by layer instead of training the run.");
  options.add("steps", profile.steps, "Steps to profile.", at_least(1));
  options.add("json", profile.json, "A file for the profile.");
  how.config_file = read_configured(options, config, words, "train");
  if (!profiling && (profile.steps != ProfileOptions().steps || !profile.json.empty()))
    usage_error("train: found --steps or --json, expected --profile with them");
  if (estimating) {
    if (profiling || how.force) usage_error("train: found --estimate and another switch, expected it alone");
    print_estimate(estimate_training(config), std::cout, output_columns());
    return kSuccess;
  }
  if (profiling) {
    profile.columns = output_columns();
    profile_training(config, profile, std::cout);
    return kSuccess;
  }
  how.command = "nibble train " + join(words, " ");
  return exit_code(run_training(config, how));
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
