#pragma once

#include <ostream>

#include "experiments/profile/step_profile.h"

namespace nibble {

/// A profile for people: one line a row of it, in the network's order, then totals by kind, then the share of
/// fake quantization and what a reader has to know about where time is counted. Lines have at most so many
/// columns; 0: any number in tables.
void print_profile(const StepProfile& profile, std::ostream& out, int columns = 0);

}  // namespace nibble
