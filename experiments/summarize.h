#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace nibble {

struct Summary {
  int runs = 0;                      // rows written
  std::vector<std::string> skipped;  // one sentence for each run.h5 that could not be read
};

/// Finds every run.h5 in a directory and below, prints one row a run, sorted by name, and writes
/// DIRECTORY/summary.csv with the columns run, model, activation, method, weight_bits, activation_bits, seed,
/// epochs, float_top1, quantized_top1, integer_top1, config, revision (percent of the test split, two
/// decimals; empty where not measured; RFC 4180). Unreadable files are listed below the table, not in it.
/// Throws Error if no run can be
/// read.
Summary summarize(const std::string& directory, std::ostream& out);

}  // namespace nibble
