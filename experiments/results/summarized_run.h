#pragma once

#include <map>
#include <string>
#include <vector>

#include "experiments/results/record.h"

namespace nibble {

/// A run as a summary sees it.
struct SummarizedRun {
  RunRecord record;
  std::string directory;  // relative to the one that is summarized, which is "." itself
  /// Keys of the config that say how the run came about, with their values in one line. Left out are keys
  /// that cannot change a result, and [quant] of a float run but its method.
  std::map<std::string, std::string> config;
  std::string weight_bits, activation_bits;  // "4"; "4/8" where quant.override gives some layers other bits
};
/// Throws Error for a quant.override that is none.
SummarizedRun summarized_run(RunRecord record, std::string directory);

/// Keys whose values differ between two of the runs that have them, in alphabetical order, without run.name.
std::vector<std::string> varying_keys(const std::vector<SummarizedRun>& runs);

}  // namespace nibble
