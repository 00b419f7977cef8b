#pragma once

#include <string>
#include <vector>

#include "experiments/launch/sweep.h"
#include "tests/support/temporary_directory.h"

namespace nibble {

/// A sweep file beside a base config of two epochs, named base.
inline Sweep load(const TemporaryDirectory& directory, const std::string& text,
                  const std::vector<Setting>& overrides = {}) {
  write_file(directory / "base.ini", "[run]\nname = base\n[train]\nepochs = 2\n");
  write_file(directory / "sweep.ini", text);
  return load_sweep((directory / "sweep.ini").string(), overrides);
}

inline std::vector<std::string> names(const Sweep& sweep) {
  std::vector<std::string> names;
  for (const SweepRun& run : sweep.runs) names.push_back(run.name);
  return names;
}

inline std::string value_of(const SweepRun& run, const std::string& key) {
  for (const Setting& setting : run.settings)
    if (setting.key == key) return setting.value;
  return "unset";
}

}  // namespace nibble
