#pragma once

#include <string>
#include <vector>

#include "bench/machine_peaks.h"
#include "experiments/profile/step_profile.h"

namespace nibble::bench {

/// The roofline picture (Williams et al. 2009) of one net's training step, a panel for each profile: one dot
/// for each layer and pass at (operations per byte, operations a second) under the roofs of this machine, its
/// area the time that it takes, its colour the kind of layer, hollow going backward; below, where the time
/// goes. Whatever is far below the roof and large is worth work. SVG that needs nothing else; hovering tells
/// names and figures.
std::string roofline_svg(const std::vector<StepProfile>& profiles, const MachinePeaks& peaks);

}  // namespace nibble::bench
