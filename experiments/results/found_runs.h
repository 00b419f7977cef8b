#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "experiments/results/summarized_run.h"

namespace nibble {

/// Every run.h5 in a directory and below, in order, and a sentence for each folder that cannot be listed.
struct RunFiles {
  std::vector<std::string> paths, unreadable;
};
/// Throws Error if there is none.
RunFiles find_run_files(const std::string& directory);

struct FoundRuns {
  std::map<std::string, std::vector<SummarizedRun>> by_kind;  // of task; sorted by name
  int count = 0;                                              // of all
  std::vector<std::string> skipped;                           // a sentence for each that could not be read
};
/// Reads them all. Directories of runs are relative to `directory`. `lighten` may take away what the caller
/// does not need, before the next one is read. Throws Error if none can be read.
FoundRuns read_runs(const std::string& directory, const RunFiles& files,
                    const std::function<void(SummarizedRun& run)>& lighten = {});

}  // namespace nibble
