#pragma once

#include "autograd/var.h"
#include "quant/grids/affine_grid.h"

namespace nibble {

/// What a padded border reads as. A border is always a code of the grid, so that lowering can fold the shift
/// exactly; real zero itself would need a table of corrections for each position class.
enum class Border {
  nearest_zero,  // the code nearest to real zero: the smallest disturbance. Default
  lowest_code,  // the lowest code, whose value is the shift on an unsigned grid (PROFIT's "negative padding")
};

/// The grid that a signal lies on, with scale and shift still on the tape: the border's value is learned
/// through it.
struct LiveGrid {
  Grid grid;
  Var scale;  // [1]
  Var shift;  // [1], or empty for no shift

  AffineGrid affine() const;
  /// The code that a border reads as.
  int border_code(Border border) const;
  /// Its value, scale · code + shift, as a differentiable [1].
  Var border_value(Border border) const;
};

}  // namespace nibble
