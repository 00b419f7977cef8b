#pragma once

#include "autograd/var.h"
#include "core/random.h"

namespace nibble {

/// Zeroes each value with probability `rate` and divides the others by 1 − rate (Srivastava et al. 2014,
/// inverted). Draws from a substream per chunk, so the mask does not depend on the number of threads. Takes
/// one number from rng.
Var dropout(const Var& x, Real rate, Rng& rng);

}  // namespace nibble
