#include "experiments/launch/sweep.h"

#include "experiments/launch/check_structure.h"
#include "experiments/launch/expand_stage.h"
#include "experiments/launch/manifest.h"

namespace nibble {
namespace {

void check_names(const Sweep& sweep, const std::string& path) {
  std::map<std::string, const SweepRun*> by_name;
  for (const SweepRun& run : sweep.runs) {
    const auto [first, is_first] = by_name.emplace(run.name, &run);
    if (!is_first)
      usage_error(path, ": two runs of the sweep are named '", run.name, "'",
                  first->second->stage == run.stage
                      ? ""
                      : ", one in stage " + first->second->stage + " and one in stage " + run.stage,
                  "; put more keys into sweep.name");
  }
}

}  // namespace

Sweep load_sweep(const std::string& path, const std::vector<Setting>& overrides) {
  if (is_manifest(path)) return read_manifest(path, overrides);
  Sweep sweep;
  for (const SweepStage& stage : read_sweep_file(path, overrides)) {
    expand_stage(sweep, stage, path);
    sweep.clusters[stage.name] = stage.cluster;
  }
  check_names(sweep, path);
  check_structures(sweep.runs, path);
  return sweep;
}

}  // namespace nibble
