#pragma once

#include <string>

#include "core/files/hdf5_file.h"
#include "experiments/results/record.h"

namespace nibble {

// Below /worst of a record, the wrong answers of the final evaluation with the largest losses, the worst one
// first:
//
//   sample           numbers in the test split        name   their files, where samples have some
//   label, answer    classes: what is true, what was said
//   loss             nats
//   pictures         [n, H, W, 3], red first, as the network saw them, at most 96 pixels high and wide

void write_worst(Hdf5File& file, const std::string& root, const RunRecord& record);
/// A file without them gives none.
void read_worst(const Hdf5File& file, const std::string& root, RunRecord& record);

}  // namespace nibble
