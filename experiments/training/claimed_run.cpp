#include "experiments/training/claimed_run.h"

#include <iostream>

#include "core/parts/rank_sums.h"
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

// Tells the other processes whether there is anything to do, or is told.
bool goes_on(const RunOptions& options, bool first_goes_on) {
  return options.ranks == nullptr ? first_goes_on : from_first(*options.ranks, first_goes_on ? 1 : 0) != 0;
}

}  // namespace

RunOutcome run_claimed(const ExperimentConfig& config, const RunOptions& options, RunKind kind,
                       const std::function<RunOutcome()>& work) {
  if (options.ranks != nullptr && options.ranks->index() != 0) {  // the first one has the claim
    const SignalWatch signals;
    return goes_on(options, false) ? work() : RunOutcome::finished;
  }
  const RunDirectory directory = run_directory(config);
  const auto finished = [&] { return is_finished(directory, config, options, kind); };
  if (finished()) return goes_on(options, false), RunOutcome::finished;
  const RunClaim claim(directory.path());
  if (finished()) return goes_on(options, false), RunOutcome::finished;  // by another, meanwhile
  const SignalWatch signals;
  goes_on(options, true);
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
