#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "experiments/launch/sweep.h"

namespace nibble {

/// Which runs of a sweep are meant; each part narrows it.
struct RunSelection {
  std::string index = {};  // numbers from 1, as --list shows them: "3", "1..4, 7"
  std::string only = {};   // patterns of names, separated by commas; * ? [...] as in a shell
  bool failed = false;     // those whose last process ended with an error
};

/// Their places in sweep.runs, in order. Throws UsageError for a number that is none of a run, and for a
/// pattern that fits no name. Without failed runs, `failed` selects nothing.
std::vector<std::size_t> select_runs(const Sweep& sweep, const RunSelection& selection);

}  // namespace nibble
