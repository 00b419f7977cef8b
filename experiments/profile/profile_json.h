#pragma once

#include <string>

#include "experiments/profile/step_profile.h"

namespace nibble {

/// A profile as JSON: milliseconds, bytes, operations, everything that print_profile shows.
std::string profile_to_json(const StepProfile& profile);

/// The same back, from a file. Throws Error with the path for what is no profile.
StepProfile read_profile(const std::string& path);

}  // namespace nibble
