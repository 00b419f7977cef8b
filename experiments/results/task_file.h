#pragma once

#include <string>

#include "core/files/hdf5_file.h"
#include "experiments/results/record.h"

namespace nibble {

// What run.h5 says about the task, and the figures of the test split:
//   GROUP/task              attributes kind, unit, watched, columns (names with blanks between)
//   GROUP/task/metrics/0    attributes name, title, unit, better (up | down), group, of_loss (0 | 1)
//   GROUP/accuracy          attributes float_top1, quantized_top1, integer_top1, and units: one group for
//                           each Metric::group; NaN: not measured
// Files of older programs have no task: they are of images, or of a language model where they hold figures
// that only those have.

void write_task(Hdf5File& file, const std::string& root, const TaskOutline& task);
TaskOutline read_task(const Hdf5File& file, const std::string& root);

void write_figures(Hdf5File& file, const std::string& root, const RunRecord& record);
/// Of the metrics of record.task, which is read first.
void read_figures(const Hdf5File& file, const std::string& root, RunRecord& record);

}  // namespace nibble
