#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiments/config/config.h"
#include "experiments/launch/cluster_keys.h"

namespace nibble {

struct SweepRun {
  std::string name;               // of the run
  std::string stage;              // empty in a sweep without stages
  std::string directory;          // <run.output>/<name>
  std::string base;               // path of the base config
  ExperimentConfig config;        // resolved
  std::vector<Setting> settings;  // what differs from the base config
  std::map<std::string, std::string>
      values;                         // of the keys of axes, the parent's that are taken over among them
  std::optional<std::size_t> parent;  // the run that has to be finished before
};

/// The runs of a sweep file: stage by stage, in the order of the cross product, the last axis fastest, of a
/// stage with a parent the children of one parent together. A sweep file is a config with a section more:
///   [sweep]
///   config = base.ini                  the runs' config; relative to the sweep file
///   grid = train.learning_rate: 0.1, 0.01
///   grid = run.seed: 1..3              repeatable: all combinations run
///   name = lr{train.learning_rate}_seed{run.seed}     default: the base's name and the values
/// axis.h, sweep_file.h and `nibble help sweep` say what else may stand there. Its other settings, and then
/// `overrides`, win over the base. A run with a parent gets the parent's directory as model.start_from.
struct Sweep {
  std::vector<SweepRun> runs;
  std::map<std::string, ClusterConfig> clusters;  // by stage
};

/// Every run's config and the structure of its network are checked here, before anything starts: throws
/// UsageError as read_config does, for two runs of one name, and for a network that cannot be built or
/// quantized. The structure stays unchecked where the data that it depends on is not on this machine. A
/// manifest (manifest.h) is a sweep, too; its `overrides` may only change what cannot change a result.
Sweep load_sweep(const std::string& path, const std::vector<Setting>& overrides);

}  // namespace nibble
