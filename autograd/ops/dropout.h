#pragma once

#include "autograd/var.h"
#include "core/random.h"

namespace nibble {

/// Zeroes each value with probability `rate`, 0 ≤ rate < 1, and divides the others by 1 − rate (Srivastava et
/// al. 2014, inverted). The mask follows from one number taken from rng (none if rate is 0), on any number of
/// threads.
Var dropout(const Var& x, Real rate, Rng& rng);

}  // namespace nibble
