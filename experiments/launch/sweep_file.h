#pragma once

#include <string>
#include <vector>

#include "experiments/config/config.h"
#include "experiments/launch/axis.h"
#include "experiments/launch/cluster_keys.h"

namespace nibble {

/// One stage of a sweep file, as it is written: a base config, what differs from it in all runs, and the
/// axes.
struct SweepStage {
  std::string name;    // empty in a file without stages
  std::string origin;  // where it begins
  std::string base;    // path of the base config
  std::vector<Setting> settings;
  std::vector<SweepAxis> axes;
  std::vector<Condition> except;  // a run for which one of them holds is left out
  std::string run_name;           // pattern; empty: of the base and the values
  std::string run_name_origin;
  std::string parent;                // another stage, or empty
  std::vector<std::string> into;     // keys that get the directory of the parent's run
  std::vector<std::string> inherit;  // keys that get the values of the parent's run
  bool inherits_seed = false;        // `inherit` is not written: run.seed, where it is an axis of the parent
  ClusterConfig cluster;
};

/// The stages of a sweep file, in order; a file without [stage NAME] is one without a name. A file is a
/// config with [sweep] and [cluster]. What stands in front of the first [stage NAME] is common to all stages,
/// and what stands below [stage NAME], up to the next one, belongs to that stage and wins. [stage NAME]
/// itself takes the keys of [sweep]. `overrides` win over all. Throws UsageError with file and line.
std::vector<SweepStage> read_sweep_file(const std::string& path, const std::vector<Setting>& overrides);

/// The keys of [sweep], explained in lines of at most so many columns.
std::string explain_sweep(int columns);

}  // namespace nibble
