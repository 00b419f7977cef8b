#pragma once

#include <functional>
#include <string>
#include <vector>

#include "experiments/results/record.h"

namespace nibble {

/// One column of a summary.
struct SummaryColumn {
  std::string name;
  std::function<std::string(const RunRecord& run)> value;  // empty: not measured, or makes no sense for it
  bool number = false;                                     // stands at the right of its column
  bool on_screen = true;                                   // false: too wide for a terminal, in the file only
};

/// Of runs of one task: name, model, method, bits and what else the task asks for, then each metric in each
/// arithmetic, of the test split with two decimals.
std::vector<SummaryColumn> columns_of(const TaskOutline& task);

}  // namespace nibble
