#pragma once

#include "core/array.h"
#include "quant/affine_grid.h"
#include "quant/quantizer_options.h"

namespace nibble {

/// The first scale and shift of a quantizer, from a sample of the values that it will see.
struct ScaleShift {
  double scale = 1;
  double shift = 0;
};

/// values: count ≥ 1 numbers. Without `with_shift` the shift is 0. A sample of one value x ≠ 0 gets a scale
/// at which x is on the grid, an all-zero one gets 1. Throws Error if a value is not finite.
ScaleShift initial_grid(const Real* values, long count, const Grid& grid, bool with_shift,
                        const QuantizerOptions& options);

/// Mean of (x̂ − x)² on that grid.
double quantization_error(const Real* values, long count, const Grid& grid, const ScaleShift& at);

}  // namespace nibble
