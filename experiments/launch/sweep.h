#pragma once

#include <string>
#include <vector>

#include "experiments/config/config.h"

namespace nibble {

/// One key and the values that it takes in turn: `grid = quant.method: learned_scale_shift, lsq_plus, lsq`.
struct SweepAxis {
  std::string key;
  std::vector<std::string> values;
  std::string origin = {};  // where it stands
};

struct SweepRun {
  std::string name;               // of the run
  std::string directory;          // <run.output>/<name>
  ExperimentConfig config;        // resolved
  std::vector<Setting> settings;  // what differs from the base config
};

/// The runs of a sweep file, in the order of the cross product, the last axis fastest. A sweep file is a
/// config with a section more:
///   [sweep]
///   config = base.ini                  the runs' config; relative to the sweep file
///   grid = train.learning_rate: 0.1, 0.01
///   grid = run.seed: 1, 2, 3           repeatable: all combinations run
///   name = lr{train.learning_rate}_seed{run.seed}     default: the base's name and the values
/// Its other settings, and then `overrides`, win over the base. Every run's config is checked here, before
/// anything starts: throws UsageError as read_config does, and for two runs of the same name.
struct Sweep {
  std::string base;  // path of the base config
  std::vector<SweepRun> runs;
};
Sweep load_sweep(const std::string& path, const std::vector<Setting>& overrides);

/// The keys of [sweep], explained in lines of at most so many columns.
std::string explain_sweep(int columns);

/// Trains the runs one after another, each as `nibble train` in a process of its own, so that none can
/// disturb another. Finished runs are skipped, interrupted ones resume, failed ones are reported and passed
/// over. Several sweeps may share the work: a run on which another process works is left to it, and looked at
/// again in the end. A signal is handed to the run in progress, which writes its checkpoint; the sweep then
/// ends. Prints a table of all runs. Returns an exit code: success, failure if any run failed, interrupted.
///
/// A run's directory that holds a run of another config is refused, before anything runs, as a UsageError
/// that says what differs; `rerun` replaces such runs.
int run_sweep(const Sweep& sweep, bool rerun);

/// The table alone, without running anything.
void list_sweep(const Sweep& sweep);

}  // namespace nibble
