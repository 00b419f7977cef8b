#pragma once

#include "autograd/var.h"
#include "core/kernels/conv/conv2d_codes.h"

namespace nibble {

/// y = w ∗ x      x: [N, H, W, C]   w: [O, KH, KW, C/groups]   y: [N, OH, OW, O]
/// Positions outside of the image read as `border` ([1], differentiable), or as zero if it is empty. Moments
/// are computed if they are wanted and the border is zero.
struct Convolution {
  Var y;
  std::optional<kernels::ChannelMoments> moments;  // of y
  std::optional<kernels::CodeSums> sums = {};      // of codes; y is computed from them when it is read
};
Convolution conv2d(const Var& x, const Var& w, const Var& border, const kernels::Conv2dGeometry& geometry,
                   bool want_moments = false);

/// An operand whose values lie on a grid: `value` on the tape, codes in products.
struct CodedImage {
  Var value;
  kernels::CodeImage codes;
  // For data rounded to a learned grid: the learned numbers of the grid, [1] each, and the derivatives of the
  // values with respect to them. Gradients then go to these numbers, and none goes to `value`.
  std::vector<Var> numbers = {};
  kernels::ImageSlopes slopes = {};
};
struct CodedWeight {
  Var value;
  kernels::CodeWeight codes;
};

/// conv2d of such operands. The forward pass computes with codes; only the result is rounded. The backward
/// pass takes dy in the given precision. `border` is the value of codes.border, or empty.
Convolution conv2d_codes(const CodedImage& x, const CodedWeight& w, const Var& border,
                         const kernels::Conv2dGeometry& geometry, kernels::GradientPrecision gradients,
                         bool want_moments);

/// y + b over the last axis      y: [..., C]   b: [C]
Var add_bias(const Var& y, const Var& b);

}  // namespace nibble
