#pragma once

#include <string>
#include <vector>

#include "experiments/launch/sweep.h"

namespace nibble {

// A sweep as it was at one moment: a directory with the resolved config of every run and one list. What is
// changed in the sweep file or its base afterwards does not reach it, so that tasks that wait in a queue run
// what was submitted.
//
//   manifest.txt         "# nibble manifest 1", then a line a run: name, stage or -, number of the parent
//   from 1 or 0,
//                        file of the config; blanks between
//   configs/NAME.ini     resolved; relative paths in it are those of the directory in which the sweep was
//   read

/// Writes both; returns the path of the list. The directory must exist.
std::string write_manifest(const Sweep& sweep, const std::string& directory);

/// Whether a file is such a list.
bool is_manifest(const std::string& path);

/// The names of its runs, in order.
std::vector<std::string> manifest_names(const std::string& path);

/// Throws UsageError, with file and line, for a list that is damaged and for `overrides` that can change a
/// result.
Sweep read_manifest(const std::string& path, const std::vector<Setting>& overrides);

}  // namespace nibble
