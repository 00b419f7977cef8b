#pragma once

#include "autograd/var.h"
#include "quant/grids/affine_grid.h"

namespace nibble {

/// The value that a padded border reads as. It is always a code of the grid, so that lowering can fold the
/// shift exactly. Real zero would need a table of corrections for each class of positions at the border.
enum class Border {
  nearest_zero,  // the code nearest to real zero: the smallest disturbance. Default
  lowest_code,  // the lowest code, whose value is the shift on an unsigned grid (PROFIT's "negative padding")
};

/// The grid of a signal, with scale and shift on the tape, so that the gradient of the border's value reaches
/// them.
struct LiveGrid {
  Grid grid;
  Var scale;  // [1]
  Var shift;  // [1], or empty for no shift

  AffineGrid affine() const;
  /// The code that a border reads as.
  int border_code(Border border) const;
  /// The value of that code, scale · code + shift, as a differentiable [1].
  Var border_value(Border border) const;
};

}  // namespace nibble
