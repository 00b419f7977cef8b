#pragma once

#include <string>
#include <vector>

namespace nibble {

// study.h5: all runs below a directory in one file, which holds no copy of their series but says where they
// lie (HDF5's virtual datasets; 1.10 or later reads them). Paths are relative to the file's directory, so
// that a tree of runs moves with its study.h5.
//
//   /                        attributes schema_version, kind "nibble study", task, created_utc, runs
//   /run                     [run] names; their directories, where two runs have the same name. The scale of
//   all axes of
//                            runs
//   /table/NAME              [run] a column of summary.csv each: what the runs are, final figures, keys that
//   vary;
//                            figures with all digits, NaN: not measured
//   /steps/NAME, /epochs/NAME, /confusion/counts, ...    [run, ...] the datasets of the run.h5 of the same
//   paths.
//                            Runs that are shorter end with NaN, of whole numbers with -1
//   /lengths/steps, epochs   [run] how many of them each run has
//   /epoch                   [longest] 1, 2, ...: the scale of the axes of epochs
//   /skipped                 a sentence for each run.h5 that is damaged and left out

struct MergeOptions {
  bool everything = false;  // /quantizers and /classes too, which are many datasets
};

struct Merged {
  long runs = 0;
  long datasets = 0;                   // virtual ones
  long shortest = 0, longest = 0;      // epochs of a run
  std::vector<std::string> skipped;    // one sentence for each file that was left out
  std::vector<std::string> different;  // datasets whose extents differ between runs, and that are left out
};

/// Writes the file, atomically. Throws Error where no run can be read, UsageError for runs of different tasks
/// and for a file that is the run.h5 of one of them.
Merged merge_runs(const std::string& directory, const std::string& study, const MergeOptions& options = {});

}  // namespace nibble
