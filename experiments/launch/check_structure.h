#pragma once

#include <string>
#include <vector>

#include "experiments/launch/sweep.h"

namespace nibble {

/// Builds the network of each run, with its quantizers but without data, and throws the first reason why that
/// cannot be done as a UsageError that names sweep file and run. Runs whose networks do not differ are
/// checked once. Where the data set does not say here what its samples and classes are, because its files are
/// elsewhere, the run is passed over.
void check_structures(const std::vector<SweepRun>& runs, const std::string& path);

}  // namespace nibble
