#pragma once

#include <string>
#include <vector>

#include "experiments/results/summary_columns.h"
#include "experiments/results/summary_table.h"

namespace nibble {

/// Sorts the rows of both tables by a column of the file: figures with the best first, other numbers and
/// texts upwards, empty cells last, equal ones in their order. False, and nothing is done, where there is no
/// such column.
bool sort_rows(SummaryTable& table, const std::string& column, const std::vector<SummaryColumn>& columns);

}  // namespace nibble
