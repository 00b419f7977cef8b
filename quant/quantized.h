#pragma once

#include "quant/live_grid.h"

namespace nibble {

/// What a quantizer makes of a tensor: values on a grid, and that grid.
struct Quantized {
  Var value;
  LiveGrid grid;
};

}  // namespace nibble
