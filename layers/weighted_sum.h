#pragma once

#include "layers/signal.h"

namespace nibble {

/// y = x ŵᵀ + b, of codes where both are on grids of at most 8 bits (and the pass is not plain)
///   x: [N, I]   w: [O, I]   b: [O], or empty   y: [N, O]
Var weighted_sum(const Signal& x, const Quantized& w, const Var& bias, const Pass& pass);

}  // namespace nibble
