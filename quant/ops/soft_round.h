#pragma once

#include "autograd/var.h"
#include "quant/grids/live_grid.h"

namespace nibble {

// Rounding of weights that is learned (AdaRound, Nagel et al. 2020, arXiv 2004.10568, eq. 22 to 25). Each
// weight has a logit α. Its code is the floor of w / s, and a share h of the step to the next code:
//   h = clip(1.2 · sigmoid(α) − 0.1, 0, 1)      ŵ = s · clip(⌊w / s⌋ + h, lo, hi)
// A penalty draws every h to 0 or 1. In the end α ≥ 0 decides.
//   w, α: [O, ...]   s: [1] or [O]; the grid has no shift

/// ⌊w / s⌋, limited to lo − 1 ... hi, so that the code of a weight outside of the grid is its border's.
Tensor lower_codes(const Tensor& w, const LiveGrid& grid);

/// α with which ŵ = w inside of the grid: h is what lower_codes leaves of w / s.
Tensor first_logits(const Tensor& w, const LiveGrid& grid);

/// ŵ, with the gradients of α and s. lower: lower_codes.
Var soft_round(const Var& logits, const Tensor& lower, const LiveGrid& grid);

/// Σ (1 − |2h − 1|^exponent) over all logits: [1]. A large exponent leaves all but the most decided h free.
Var rounding_penalty(const Var& logits, Real exponent);

/// The decided weights: s · clip(⌊w / s⌋ + (α ≥ 0), lo, hi). A quantizer of this grid leaves them as they
/// are.
Tensor decided_weights(const Tensor& logits, const Tensor& lower, const LiveGrid& grid);

}  // namespace nibble
