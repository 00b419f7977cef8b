#pragma once

#include <cstdint>

#include "quant/grids/live_grid.h"

namespace nibble {

/// The output of a quantizer: values on a grid, the grid, and the codes of the values if they fit a byte,
/// counted from the lowest code (code − lo). If there are codes, the values are computed only when they are
/// read.
struct Quantized {
  Var value;
  LiveGrid grid;
  Array<std::uint8_t> codes = {};  // of value's shape, or empty
};

}  // namespace nibble
