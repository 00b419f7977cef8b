#pragma once

#include "quant/grids/quantizer_options.h"
#include "quant/methods/sorted_sample.h"

namespace nibble {

/// The first scale and shift, by options.initialization (docs/quantizer-math.md, "First scale and shift").
/// values: count ≥ 1 numbers; for weights the numbers that share one scale. Without with_shift the shift is
/// 0. The scale is positive. If all values equal one x ≠ 0, then 0 and x lie on the grid. If all are zero,
/// the scale is 1. Throws Error if a value is not finite.
ScaleShift initial_grid(const Real* values, long count, const Grid& grid, bool with_shift,
                        const QuantizerOptions& options);

/// Mean of (x̂ − x)² on that grid.
double quantization_error(const Real* values, long count, const Grid& grid, const ScaleShift& at);

}  // namespace nibble
