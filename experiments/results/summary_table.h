#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "experiments/results/summary_columns.h"

namespace nibble {

/// Runs of one task as a table: a row a run, in their order, under a row of column names.
struct SummaryTable {
  std::vector<SummaryColumn> columns;
  std::vector<std::vector<std::string>> rows;  // [run][column]
};
/// Of at least one run.
SummaryTable summary_table(const std::vector<RunRecord>& runs);

/// All columns as RFC 4180 says, with line feeds.
std::string to_csv(const SummaryTable& table);

/// The columns for the screen, aligned.
void print_table(const SummaryTable& table, std::ostream& out);

}  // namespace nibble
