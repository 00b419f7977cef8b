#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/real.h"

namespace nibble {

/// The rounding of training and device: ⌊v + ½⌋. On the device (v + half) >> n computes it.
inline Real round_half_up(Real v) { return std::floor(v + Real(0.5)); }

/// A range of integer codes, both ends included.
struct Grid {
  int lo = 0;
  int hi = 0;

  static Grid unsigned_bits(int bits) { return {0, (1 << bits) - 1}; }
  static Grid signed_bits(int bits) { return {-(1 << (bits - 1)), (1 << (bits - 1)) - 1}; }

  /// t limited to lo ... hi. A NaN stays a NaN.
  Real clamp(Real t) const { return std::min(std::max(t, static_cast<Real>(lo)), static_cast<Real>(hi)); }
  /// The code of t = (x − shift) / scale, as a real number.
  Real code(Real t) const { return round_half_up(clamp(t)); }
  /// Whether t lies inside the grid, where the straight-through gradient passes. (The mask is on t before
  /// rounding, as in LSQ.)
  bool contains(Real t) const { return t >= static_cast<Real>(lo) && t <= static_cast<Real>(hi); }
  int levels() const { return hi - lo + 1; }
  bool operator==(const Grid&) const = default;
};

/// real = scale · code + shift. Lowering sees nothing else of an activation quantizer.
struct AffineGrid {
  Grid grid;
  Real scale = 1;
  Real shift = 0;

  /// t = (x − shift) / scale. Training and lowering must round the same number, bit for bit, so both call
  /// this function. It multiplies by the reciprocal, so that a loop needs one division instead of one per
  /// element.
  Real position(Real x) const { return (x - shift) * (1 / scale); }
  /// The code of a finite x.
  int code(Real x) const { return static_cast<int>(grid.code(position(x))); }
  Real value(Real code) const { return scale * code + shift; }
  Real value(int code) const { return value(static_cast<Real>(code)); }
  /// The code nearest to real zero.
  int zero_code() const { return code(0); }
  bool operator==(const AffineGrid&) const = default;
};

/// A weight in the form that lowering sees: integer codes in the order of the weight tensor, and one scale
/// per output channel (or one in all). real = scale[o] · code.
struct IntegerWeight {
  std::vector<int> codes;
  std::vector<Real> scale;
};

}  // namespace nibble
