#pragma once

#include <string>

#include "experiments/launch/sweep.h"
#include "experiments/launch/sweep_file.h"

namespace nibble {

/// Adds the runs of a stage behind those of the stages above, of which its parent is one. path: of the sweep
/// file. Throws UsageError for a run whose config is none, a parent that is not there, a name with a hole
/// that no axis fills, and a stage of which no run is left.
void expand_stage(Sweep& sweep, const SweepStage& stage, const std::string& path);

}  // namespace nibble
