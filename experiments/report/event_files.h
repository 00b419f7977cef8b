#pragma once

#include <string>
#include <vector>

#include "experiments/results/record.h"

namespace nibble::report {

struct EventFiles {
  int runs = 0;                      // that have an event file now
  std::vector<std::string> skipped;  // a sentence for each run.h5 that could not be read
};

/// Writes event files for TensorBoard, one a run, atomically: OUT/DIRECTORY/events.out.tfevents.nibble, where
/// DIRECTORY is the run's, relative to `path`; of a single run, the name of its folder. An older file there
/// is replaced. `path` is the directory of a run, or one with runs below it. Throws Error where no run can be
/// read.
EventFiles write_event_files(const std::string& path, const std::string& out);

/// The whole file. Tags are "step/loss" and "epoch/test_top1", with the series of run.h5 behind the axis on
/// which they count; every value that was measured, none thinned. A record says when the run began and how
/// long its epochs took: an epoch's values have the time of its end, and steps lie evenly between.
std::string event_file(const RunRecord& record);

}  // namespace nibble::report
