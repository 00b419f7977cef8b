#pragma once

#include <string>

#include "experiments/config/config.h"

namespace nibble {

// What `nibble data` does with pictures. `config` says which, and how they are read.

struct PackSettings {
  std::string to;  // the file that is made
  long side = 0;   // as PackOptions have them
  int quality = 95;
};

/// Packs config.dataset.path into one file. Returns an exit code.
int pack_data(const DatasetOptions& dataset, const PackSettings& settings);
/// Decodes every picture of every split, and names those that are damaged: exit code 1 if there are any.
int check_data(const DatasetOptions& dataset);
/// Writes the first training images of a run as the network sees them, with the names of their classes, to a
/// PNG file.
int show_data(const ExperimentConfig& config, long images, const std::string& to);

}  // namespace nibble
