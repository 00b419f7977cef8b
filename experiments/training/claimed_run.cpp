#include "experiments/training/claimed_run.h"

#include <iostream>

#include "experiments/process/exit_codes.h"
#include "experiments/process/signals.h"

namespace nibble {
namespace {

// Whether the directory holds this run, finished; then it says so. Throws UsageError where another run is.
bool is_finished(const RunDirectory& directory, const ExperimentConfig& config, const RunOptions& options,
                 RunKind kind) {
  directory.admit(config, options.force);
  if (options.force || !directory.finished()) return false;
  if (directory.finished_kind() != kind)
    usage_error(directory.path(), " holds a finished ", name(directory.finished_kind()),
                " of this config, expected a ", name(kind),
                "; choose another run.name, or --force to replace it");
  std::cout << config.run.name << ": finished before, with " << directory.final_figure()
            << "; --force runs it again\nresults: " << directory.record() << "\n";
  return true;
}

}  // namespace

RunOutcome run_claimed(const ExperimentConfig& config, const RunOptions& options, RunKind kind,
                       const std::function<RunOutcome()>& work) {
  const RunDirectory directory = run_directory(config);
  if (is_finished(directory, config, options, kind)) return RunOutcome::finished;
  const RunClaim claim(directory.path());
  if (is_finished(directory, config, options, kind)) return RunOutcome::finished;  // by another, meanwhile
  const SignalWatch signals;
  try {
    return work();
  } catch (const UsageError&) {
    throw;
  } catch (const std::exception& error) {
    directory.mark_failed(error.what());
    throw;
  }
}

}  // namespace nibble
