#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "experiments/process/table.h"
#include "experiments/results/summarized_run.h"

namespace nibble {

/// Runs of one task, for people and for a file.
struct SummaryTable {
  Table screen;
  Table file;
};

/// A row a run, in their order. Of at least one run.
SummaryTable summary_table(const std::vector<SummarizedRun>& runs);

}  // namespace nibble
