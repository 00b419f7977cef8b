#pragma once

#include <string>
#include <vector>

#include "experiments/results/summary_table.h"

namespace nibble {

/// A row for each group of runs that differ in nothing but these keys of the config and in their names, in
/// the order of the groups' first runs. For people a figure is "mean ± standard deviation" (of the sample, n
/// − 1), without the latter where n = 1, and with "(2)" behind it where so many of the runs only have
/// measured it. The file has NAME, NAME_std and NAME_n for it. Column `n` counts the runs. Where the runs of
/// a group differ,
/// "*" stands for what is not the same in all of their names and directories, and other values are listed.
SummaryTable grouped_table(const std::vector<SummarizedRun>& runs, const std::vector<std::string>& keys);

}  // namespace nibble
