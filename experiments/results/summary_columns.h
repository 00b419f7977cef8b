#pragma once

#include <string>
#include <vector>

#include "experiments/results/record.h"

namespace nibble {

/// What a run is about, and so which figures it has.
enum class RunKind { images, text };

/// From the kind of data that the resolved config names; a kind that is not known is of images.
RunKind kind_of(const RunRecord& run);

/// One column of a summary.
struct SummaryColumn {
  const char* name;
  std::string (*value)(const RunRecord& run);  // empty: not measured, or makes no sense for this run
  bool number = false;                         // stands at the right of its column
  bool on_screen = true;                       // false: too wide for a terminal, in the file only
};

/// Of image runs: top-1 in percent of the test split, with two decimals.
/// Of language models: perplexity of the test split, with two decimals, and what was quantized (scope: all |
/// products).
const std::vector<SummaryColumn>& columns_of(RunKind kind);

}  // namespace nibble
