#pragma once

#include <string>
#include <vector>

#include "bench/machine_peaks.h"
#include "experiments/profile/step_profile.h"

namespace nibble::bench {

/// The roofline picture (Williams et al. 2009) of the training step of one net, with one panel for each
/// profile. A dot stands for a layer and pass, at (operations per byte, operations a second), under the roofs
/// of this machine. Its area is the time that it takes, its colour the kind of layer; a hollow dot is a
/// backward pass. A bar below shows how the time is divided. A large dot far below the roof is worth work.
/// The result is an SVG that needs no other file; it shows names and figures where the mouse rests.
std::string roofline_svg(const std::vector<StepProfile>& profiles, const MachinePeaks& peaks);

}  // namespace nibble::bench
