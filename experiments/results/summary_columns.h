#pragma once

#include <functional>
#include <string>
#include <vector>

#include "experiments/results/summarized_run.h"

namespace nibble {

/// One column of a summary.
struct SummaryColumn {
  std::string name;
  std::function<std::string(const SummarizedRun& run)>
      value;              // empty: not measured, or makes no sense for it
  bool number = false;    // stands at the right of its column
  bool on_screen = true;  // false: too wide for a terminal, or told by another column; in the file only
  std::string key = {};   // of the config, where the column shows one
  /// Set for figures: what `value` writes, kNotMeasured where it is empty.
  std::function<double(const SummarizedRun& run)> figure = {};
  Better better = Better::up;  // of a figure
};

/// Of runs of one task, at least one: name, model, method, bits and what else the task asks for; each metric
/// in each arithmetic, of the test split with two decimals; config file and commit; data set and directory;
/// then every key of the config that varies between the runs and has no column yet.
std::vector<SummaryColumn> columns_of(const std::vector<SummarizedRun>& runs);

/// "91.73", or nothing where it was not measured.
std::string two_decimals(double value);

}  // namespace nibble
