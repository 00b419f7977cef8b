#pragma once

#include <string>

#include "core/files/hdf5_file.h"
#include "experiments/results/record.h"

namespace nibble {

// Below /worst of a record, the samples of the final evaluation with the worst answers, the worst one first:
//
//   sample                    numbers in the test split
//   name                      their files, where samples have some
//   label, answer, loss       with classes: what is true, what was said; nats
//   objects, missed, wrong    with boxes: objects, those that were not found, boxes without an object
//   pictures                  [n, H, W, 3], red first, as the network saw them but smaller, with the boxes
//   that it found

void write_worst(Hdf5File& file, const std::string& root, const RunRecord& record);
/// A file without them gives none.
void read_worst(const Hdf5File& file, const std::string& root, RunRecord& record);

}  // namespace nibble
