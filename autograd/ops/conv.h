#pragma once

#include "autograd/ops/coded_operand.h"

namespace nibble {

/// y = w ∗ x      x: [N, H, W, C]   w: [O, KH, KW, C/groups]   y: [N, OH, OW, O]
/// Positions outside of the image read as `border` ([1], differentiable), or as zero if it is empty. Moments
/// are there if they are wanted; conv2d has them only where `border` is empty.
struct Convolution {
  Var y;
  std::optional<kernels::ChannelMoments> moments;  // of y
  std::optional<kernels::CodeSums> sums = {};      // of codes: y is computed from them when it is read
};
Convolution conv2d(const Var& x, const Var& w, const Var& border, const kernels::Conv2dGeometry& geometry,
                   const kernels::WantedResults& wanted = {},
                   kernels::Precision precision = kernels::Precision::float32);

/// conv2d of operands that lie on grids. The forward pass computes with codes; only the result is rounded.
/// The backward pass takes dy in the given precision. `border` is the value of codes.border, or empty.
Convolution conv2d_codes(const CodedImage& x, const CodedWeight& w, const Var& border,
                         const kernels::Conv2dGeometry& geometry, kernels::Precision gradients,
                         const kernels::WantedResults& wanted = {});

/// y + b over the last axis      y: [..., C]   b: [C]
Var add_bias(const Var& y, const Var& b);

}  // namespace nibble
