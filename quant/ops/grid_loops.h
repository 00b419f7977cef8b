#pragma once

#include <cstdint>

#include "quant/grids/affine_grid.h"

namespace nibble {

// The loops of quantizers over n numbers on one grid. They run at the speed of memory because they are plain:
// no branch, no call, no sum carried from one element to the next, no array that overlaps another. Change
// them with `-fopt-info-vec` and a stopwatch, and include them only where -fno-trapping-math holds
// (cmake/libraries.cmake).

/// y = x̂
inline void round_to_grid(const Real* __restrict x, Real* __restrict y, long n, const AffineGrid at) {
  for (long i = 0; i < n; ++i) y[i] = at.value(at.grid.code(at.position(x[i])));
}

/// y = x̂ where `on` is not 0, else x
inline void round_some_to_grid(const Real* __restrict x, const std::uint8_t* __restrict on,
                               Real* __restrict y, long n, const AffineGrid at) {
  for (long i = 0; i < n; ++i) {
    const Real rounded = at.value(at.grid.code(at.position(x[i])));
    y[i] = on[i] != 0 ? rounded : x[i];
  }
}

/// Codes counted from the grid's lowest; false if a value is not a number.
inline bool encode(const Real* __restrict x, std::uint8_t* __restrict codes, long n, const AffineGrid at) {
  const Real lo = static_cast<Real>(at.grid.lo);
  int nan = 0;
  for (long i = 0; i < n; ++i) {
    const Real t = at.position(x[i]);
    nan |= t != t;
    codes[i] = static_cast<std::uint8_t>(static_cast<int>(at.grid.code(t) - lo));
  }
  return nan == 0;
}

inline void decode(const std::uint8_t* __restrict codes, Real* __restrict y, long n, const AffineGrid at) {
  for (long i = 0; i < n; ++i) y[i] = at.value(static_cast<Real>(static_cast<int>(codes[i]) + at.grid.lo));
}

/// What some elements add to the gradients of a grid, ds and dβ.
struct GridSums {
  double scale = 0, shift = 0;
};

/// The gradients of fake_quantize.h: dx and the terms of ds and dβ, added element by
/// element to to_scale and to_shift.
inline void straight_through(const Real* __restrict x, const Real* __restrict dy, Real* __restrict dx,
                             Real* __restrict to_scale, Real* __restrict to_shift, long n,
                             const AffineGrid at) {
  for (long i = 0; i < n; ++i) {
    const Real t = at.position(x[i]), d = dy[i];
    const Real clamped = at.grid.clamp(t);
    const Real passed = clamped == t ? d : 0;  // inside the grid
    dx[i] = passed;
    to_scale[i] += d * round_half_up(clamped) - passed * clamped;
    to_shift[i] += d - passed;
  }
}

/// ∂x̂/∂s and ∂x̂/∂β, which straight_through multiplies.
inline void by_scale(const Real* __restrict x, Real* __restrict slope, long n, const AffineGrid at) {
  for (long i = 0; i < n; ++i) {
    const Real t = at.position(x[i]), clamped = at.grid.clamp(t);
    slope[i] = round_half_up(clamped) - (clamped == t ? clamped : 0);
  }
}
inline void by_shift(const Real* __restrict x, Real* __restrict slope, long n, const AffineGrid at) {
  for (long i = 0; i < n; ++i) {
    const Real t = at.position(x[i]);
    slope[i] = at.grid.clamp(t) == t ? Real(0) : Real(1);
  }
}

}  // namespace nibble
