#pragma once

#include <string>

#include "core/files/hdf5_file.h"
#include "experiments/results/record.h"

namespace nibble {

// Below /classes of a detector's record, for each arithmetic that was measured ("float", ...):
//
//   category, name, objects    [classes]: ids, names, objects of the test split; `category` is the scale
//   ap, ap50, voc07_ap, voc_ap [classes] in percent; NaN: no objects
//   recall                     [101]: 0, 1, ... 100 percent, the scale of
//   precision                  [classes, 101] in percent, at an overlap of 0.5

void write_class_curves(Hdf5File& file, const std::string& root, const RunRecord& record);
/// A file without them gives none.
void read_class_curves(const Hdf5File& file, const std::string& root, RunRecord& record);

}  // namespace nibble
