#pragma once

#include "autograd/var.h"
#include "core/kernels/conv/conv2d_codes.h"

namespace nibble {

// x: [N, H, W, C]   y: [N, OH, OW, C]      OH = (H + 2·padding + extra − kernel) / stride + 1
//   padding on both sides, extra at the end only; padding + extra < kernel

/// The largest value of each window; padding never wins. Among equal values the first one gets the gradient.
Var max_pool(const Var& x, Size2 kernel, Size2 stride, Size2 padding, Size2 extra = {0, 0});

/// The mean of each window; padded positions are not counted.
Var average_pool(const Var& x, Size2 kernel, Size2 stride, Size2 padding, Size2 extra = {0, 0});

/// Mean over height and width: [N, H, W, C] → [N, C].
Var global_average(const Var& x);
/// The same for values that lie on a grid, computed on codes.
Var global_average(const Var& x, const kernels::CodedImage& codes);

/// Every pixel repeated factor × factor times (nearest neighbour): [N, factor·H, factor·W, C].
Var upsample(const Var& x, int factor);

}  // namespace nibble
