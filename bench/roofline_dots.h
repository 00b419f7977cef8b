#pragma once

#include <string>
#include <vector>

#include "bench/machine_peaks.h"
#include "experiments/profile/step_profile.h"

namespace nibble::bench {

/// A layer and pass of a step in the roofline picture.
struct Dot {
  std::string node;
  ProfileKind kind;
  bool backward;
  PassProfile pass;
  double share = 0;  // of the step's time

  /// Operations per byte.
  double intensity() const { return pass.cost.operations / pass.cost.bytes; }
  /// Operations a second.
  double rate() const { return pass.cost.operations / pass.seconds; }
};

/// All layers and passes of which the cost is known, and the optimizer. The largest come first, so that a
/// picture in this order hides no small dot.
std::vector<Dot> dots_of(const StepProfile& profile);

/// Several lines of text: name, kind, time, rates, and the percentage of the roof.
std::string title_of(const Dot& dot, const MachinePeaks& peaks);

/// A number with two decimals below 10, one below 100, none from there on, and a unit: "1.23 ms".
std::string figure(double value, const char* unit);

}  // namespace nibble::bench
