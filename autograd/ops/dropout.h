#pragma once

#include <cstdint>

#include "autograd/var.h"
#include "core/random.h"

namespace nibble {

/// Which values a dropout keeps, and by how much it moves these away from the value that dropped ones get.
struct DropoutMask {
  Array<std::uint8_t> kept;  // 1 or 0
  Real factor = 1;           // 1 / (1 − rate)
};

/// Drops each value with probability `rate`, 0 ≤ rate < 1. With period > 0 the first `period` rows of the
/// leading axis are drawn and the others repeat them: one mask for all steps of a sequence (Gal & Ghahramani
/// 2016). The mask follows from one number taken from rng, on any number of threads.
DropoutMask dropout_mask(const Shape& shape, Real rate, Rng& rng, long period = 0);

/// y = towards + factor · (x − towards) where kept, else y = towards: the mean of y is x. With towards = 0
/// this is the inverted dropout of Srivastava et al. 2014. Computed when y is first asked for.
Var dropout(const Var& x, const DropoutMask& mask, Real towards = 0);
/// Towards zero with a mask of its own; x itself, and nothing drawn, at rate 0.
Var dropout(const Var& x, Real rate, Rng& rng);

}  // namespace nibble
