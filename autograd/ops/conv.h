#pragma once

#include "autograd/var.h"
#include "core/kernels/conv2d.h"

namespace nibble {

/// y = w ∗ x      x: [N, H, W, C]   w: [O, KH, KW, C/groups]   y: [N, OH, OW, O]
/// Positions outside of the image read as `border` ([1], differentiable), or as zero if it is empty.
Var conv2d(const Var& x, const Var& w, const Var& border, const kernels::Conv2dGeometry& geometry);

/// y + b over the last axis      y: [..., C]   b: [C]
Var add_bias(const Var& y, const Var& b);

}  // namespace nibble
