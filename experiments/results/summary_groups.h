#pragma once

#include <string>
#include <vector>

#include "experiments/results/summary_table.h"

namespace nibble {

/// A row for each group of runs that differ in nothing but these keys of the config, in their names, and in
/// which runs of one group they start from or learn from, in the order of the groups' first runs. For people
/// a figure is "mean ± standard deviation [low, high]": the deviation of the sample (n − 1), and the interval
/// that holds the true mean with a probability of 95 %, where the figures are normally distributed
/// (student_t.h). Both are left out where n = 1, and "(2)" stands behind where so many of the runs only have
/// measured it. The file has NAME, NAME_std, NAME_n, NAME_low and NAME_high for it. Column `n` counts the
/// runs. Where the runs of a group differ, "*" stands for what is not the same in all of their names and
/// directories, and other values are listed.
SummaryTable grouped_table(const std::vector<SummarizedRun>& runs, const std::vector<std::string>& keys);

}  // namespace nibble
