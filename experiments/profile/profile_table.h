#pragma once

#include <ostream>

#include "experiments/profile/step_profile.h"

namespace nibble {

/// A profile for people: one line a row of it, in the network's order, then totals by kind, then the share of
/// fake quantization and what a reader has to know about where time is counted.
void print_profile(const StepProfile& profile, std::ostream& out);

}  // namespace nibble
