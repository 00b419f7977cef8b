#include "experiments/launch/admit_sweep.h"

#include <algorithm>
#include <filesystem>

#include "experiments/launch/sweep_states.h"
#include "experiments/results/run_directory.h"

namespace nibble {
namespace {

void refuse_other_runs(const Sweep& sweep, const std::vector<std::size_t>& selected) {
  long others = 0;
  std::string first;
  for (const std::size_t i : selected) {
    const SweepOutcome there = look_at(sweep.runs[i]);
    if (there.state == SweepState::other && ++others == 1)
      first = str(sweep.runs[i].directory, " ", there.remark);
  }
  if (others > 0)
    usage_error("sweep: found ", others, " of ", selected.size(), " runs with another config, the first ",
                first, "; choose another sweep.name, or --rerun to replace them");
}

// What a run starts from has to be there, unless it is a run of this sweep.
void refuse_missing_sources(const Sweep& sweep, const std::vector<std::size_t>& selected) {
  const auto made_here = [&](const std::string& path) {
    return std::any_of(sweep.runs.begin(), sweep.runs.end(),
                       [&](const SweepRun& run) { return run.directory == path; });
  };
  const auto there = [](const std::string& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
  };
  for (const std::size_t i : selected) {
    const SweepRun& run = sweep.runs[i];
    if (RunDirectory(run.directory).finished()) continue;
    for (const auto& [key, path] :
         {std::pair<const char*, std::string>{"model.start_from", run.config.start_from},
          {"train.teacher", run.config.train.teacher}})
      if (!path.empty() && !made_here(path) && !there(path))
        usage_error("sweep: run '", run.name, "': ", key, " is '", path,
                    "', expected a file or directory that is there, or a run of this sweep");
  }
}

}  // namespace

void admit_sweep(const Sweep& sweep, const std::vector<std::size_t>& selected, bool replace) {
  if (!replace) refuse_other_runs(sweep, selected);
  refuse_missing_sources(sweep, selected);
}

}  // namespace nibble
