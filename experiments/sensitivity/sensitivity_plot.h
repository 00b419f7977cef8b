#pragma once

#include <string>

#include "experiments/sensitivity/sensitivity.h"

namespace nibble {

/// A picture: a row a layer, its weights in the left panel and its input in the right one, a dot for each
/// number of bits where its signal-to-noise is. What has no noise stands at the right border. `name` is what
/// the picture is of. Throws Error where nothing was measured.
std::string sensitivity_svg(const Sensitivity& sensitivity, const std::string& name);

}  // namespace nibble
