#pragma once

#include "autograd/var.h"

namespace nibble {

// NHWC; see core/kernels/pool.h for windows and borders.

Var max_pool(const Var& x, Size2 kernel, Size2 stride, Size2 padding);
Var average_pool(const Var& x, Size2 kernel, Size2 stride, Size2 padding);
Var global_average(const Var& x);         // [N, H, W, C] → [N, C]
Var upsample(const Var& x, long factor);  // nearest neighbour

}  // namespace nibble
