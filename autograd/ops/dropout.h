#pragma once

#include <cstdint>

#include "autograd/var.h"
#include "core/random.h"

namespace nibble {

/// Which values a dropout keeps, and the factor on the distance of these from the value that dropped ones
/// get.
struct DropoutMask {
  Array<std::uint8_t> kept;  // 1 or 0
  Real factor = 1;           // 1 / (1 − rate)
};

/// Drops each value with probability `rate`, 0 ≤ rate < 1. With period > 0 the first `period` rows of the
/// leading axis are drawn, and the other rows repeat them: one mask for all steps of a sequence (Gal &
/// Ghahramani 2016). The mask depends on one number drawn from rng, not on the number of threads.
DropoutMask dropout_mask(const Shape& shape, Real rate, Rng& rng, long period = 0);

/// y = towards + factor · (x − towards) where kept, else y = towards. The mean of y is x. With towards = 0
/// this is the inverted dropout of Srivastava et al. 2014. y is computed when it is first read.
Var dropout(const Var& x, const DropoutMask& mask, Real towards = 0);
/// Dropout towards zero with a new mask. With rate 0 it yields x and draws nothing.
Var dropout(const Var& x, Real rate, Rng& rng);

}  // namespace nibble
