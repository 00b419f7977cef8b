#include "experiments/launch/sweep.h"

#include "experiments/verbs/arguments.h"

namespace nibble {

int sweep_verb(const Words& words) {
  bool dry_run = false, rerun = false;
  ExperimentConfig config;
  Options options;
  options.add_switch("dry-run", dry_run, "List the runs and their state; run nothing.");
  options.add_switch("rerun", rerun, "Replace runs that are there with another config.");
  describe(options, config);
  CommandLine line = read_words(options, words, "sweep");
  const std::string path = only_argument(line, "sweep");
  options.apply(line.settings);
  std::erase_if(line.settings,
                [](const Setting& setting) { return setting.key == "dry-run" || setting.key == "rerun"; });

  const Sweep sweep = load_sweep(path, line.settings);
  if (!dry_run) return run_sweep(sweep, rerun);
  list_sweep(sweep);
  return kSuccess;
}

}  // namespace nibble
