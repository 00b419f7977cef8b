#pragma once

#include <cstddef>
#include <vector>

#include "experiments/launch/sweep.h"

namespace nibble {

/// What is checked before any of the selected runs starts. Throws UsageError where a run's directory holds a
/// run of another config, with what differs, unless such runs are to be replaced; and where the weights or
/// the teacher of a run that is not finished are not there and no run of the sweep makes them.
void admit_sweep(const Sweep& sweep, const std::vector<std::size_t>& selected, bool replace);

}  // namespace nibble
