#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace nibble::report {

/// The runs of a directory and below, and sentences about those that could not be read.
///   {"runs": 22, "points": 1000, "skipped": ["..."], "tables": [
///     {"task": task_json, "columns": [{"name", "number", "on_screen", "key", "figure"}],
///      "keys": [keys of the config in which the runs differ],
///      "runs": [{"name", "state", "cells": [text of each column], "figures": {"float_top1": 91.65, ...},
///                "config": [value of each of the keys, or null], "curves": curves_json}],
///      "axes": [[...], ...]}]}
/// A table for each kind of task, with the columns of `nibble summarize`. Of curves, "x" is the number of a
/// list in "axes", since many runs have the same. They are thinned so that all of them have at most
/// kStudyValues values. Throws Error if no run can be read.
nlohmann::ordered_json study_json(const std::string& directory);

/// About 8 characters each.
inline constexpr std::size_t kStudyValues = 450'000;

/// How many points a curve of so many runs may have, from 50 to 1000.
std::size_t points_of_study(std::size_t runs);

}  // namespace nibble::report
