#include "experiments/run.h"
#include "experiments/run_directory.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

namespace {

using RunFunction = RunOutcome (*)(const ExperimentConfig&, const RunOptions&);

/// train and calibrate differ in the function alone.
int run_verb(const Words& words, const std::string& verb, RunFunction run) {
  ExperimentConfig config;
  RunOptions how;
  Options options;
  options.add_switch("force", how.force, "Replace a finished run.");
  how.config_file = read_configured(options, config, words, verb);
  how.command = "nibble " + verb + " " + join(words, " ");
  try {
    return run(config, how) == RunOutcome::finished ? kSuccess : kInterrupted;
  } catch (const UsageError&) {
    throw;  // refused: the run's directory is as it was
  } catch (const std::exception& error) {
    run_directory(config).mark_failed(error.what());
    throw;
  }
}

}  // namespace

int train_verb(const Words& words) { return run_verb(words, "train", run_training); }

int calibrate_verb(const Words& words) { return run_verb(words, "calibrate", run_calibration); }

}  // namespace nibble
