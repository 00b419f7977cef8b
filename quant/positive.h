#pragma once

#include "autograd/var.h"

namespace nibble {

// Scales and clip levels are positive because their logarithm θ is what is stored and trained. A scale that
// is stored as it is can be carried through zero by one large step, after which every code flips its sign and
// the training is lost (a known end of LSQ trainings); the published cures bend the function (abs, softplus)
// or stop the parameter at a bound.

/// exp(θ), with θ limited to ±kFarthest, where no useful scale lies: finite and positive whatever θ is, and
/// so is its reciprocal. NaN stays NaN, for the reports of training to find.
inline constexpr Real kFarthest = 30;  // e³⁰ = 1e13
Real positive(Real log);

/// s = positive(θ), element by element, with the published gradient step in s. The exact gradient would be
/// s · ds, hence Δs = s Δθ = −η s² ds: far too slow a step for the small scales of 4-bit weights. So the
/// gradient of θ is
///   dθ = s ds · (factor / s²) = factor · ds / s        (s² counts as a constant)
/// and to first order Δs = s Δθ = −η · factor · ds, the update that the papers write.
Var positive(const Var& log, double factor);

}  // namespace nibble
