#pragma once

#include <cstdint>

#include "quant/grids/live_grid.h"

namespace nibble {

/// What a quantizer makes of a tensor: values on a grid, that grid, and the values' codes, counted from the
/// grid's lowest (code − lo), where they fit a byte. With codes the value is computed only if somebody asks
/// for it.
struct Quantized {
  Var value;
  LiveGrid grid;
  Array<std::uint8_t> codes = {};  // of value's shape, or empty
};

}  // namespace nibble
