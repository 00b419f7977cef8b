#pragma once

#include "autograd/var.h"
#include "quant/grids/quantized.h"

namespace nibble {

/// x̂ = s·q + β      q = ⌊clamp(t, lo, hi) + ½⌋      t = (x − β) / s
///   x: any shape    s: [1], or [x.shape()[0]]: one per step of the leading axis (output channels of a
///   weight) shift: [1], or empty for β = 0
/// Straight-through gradients (LSQ, arXiv 1902.08153 eq. 3; LSQ+, 2004.09576 eq. 5):
///   lo ≤ t ≤ hi   dx = dy   ds = dy (q − t)   dβ = 0
///   clamped       dx = 0    ds = dy q         dβ = dy
/// Sums over elements run over fixed chunks in double. A value that is not a number stays one; then, and on
/// grids of more than 256 levels, the result has no codes.
Quantized fake_quantize(const Var& x, const LiveGrid& grid);
/// x̂ where `chosen` is 1, x with dx = dy where it is 0 (QDrop, arXiv 2203.05740). Has no codes.
///   chosen: [x]
Var fake_quantize_some(const Var& x, const LiveGrid& grid, const Array<std::uint8_t>& chosen);
/// ∂x̂/∂s of n numbers x, and with a shift ∂x̂/∂β behind it.
void grid_slopes(const Real* x, long n, const AffineGrid& grid, bool shifted, Real* into);
/// The same, values only.
Var fake_quantize(const Var& x, const Var& scale, const Var& shift, Grid grid);

}  // namespace nibble
