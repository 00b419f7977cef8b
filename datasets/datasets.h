#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/dataset.h"

namespace nibble {

/// The [dataset] section of a config.
struct DatasetOptions {
  std::string kind = "procedural";
  std::string path{};      // directory of the files
  bool verify = true;      // compare official checksums
  long train_samples = 0;  // the first n of the split; 0: all
  long test_samples = 0;
  std::vector<double> mean{}, std{};  // per channel, of pixel / 255; empty: the kind's own
  std::uint64_t seed = 1;             // procedural only
  long image_size = 32;               // procedural only
};

/// Reads or makes the data set; an Error says what is wrong with the options or the files.
Dataset open_dataset(const DatasetOptions& options);

/// What a network has to know of a data set, without reading a file.
struct DatasetOutline {
  Shape sample;  // [H, W, C]
  int classes = 0;
};
DatasetOutline outline_dataset(const DatasetOptions& options);

struct DatasetKind {
  std::string name;
  std::string description;  // one line for `nibble help`
};
const std::vector<DatasetKind>& dataset_kinds();

}  // namespace nibble
