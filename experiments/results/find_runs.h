#pragma once

#include <string>
#include <vector>

#include "experiments/results/summarized_run.h"

namespace nibble {

/// The runs in a directory and below, sorted by name; runs of one name in the order of their paths.
struct FoundRuns {
  std::vector<SummarizedRun> runs;
  std::vector<std::string>
      skipped;  // a sentence for each run.h5 that cannot be read, and what cannot be listed
};

/// Throws Error where there is no run.h5 or none can be read.
FoundRuns find_runs(const std::string& directory);

}  // namespace nibble
