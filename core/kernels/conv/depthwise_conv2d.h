#pragma once

#include "core/kernels/conv/conv2d_codes.h"

namespace nibble::kernels {

// Depthwise convolutions of training. They are bound by memory, so images pass through the second-level cache
// row by row, codes become numbers there, a row's moments are taken while it is warm, and one walk makes both
// gradients. The library's take several times as long on NHWC.

/// True for one filter per channel and no dilation.
bool is_depthwise(const Shape& x, const Shape& w, const Conv2dGeometry& geometry);

/// conv2d.h and conv2d_codes.h for such layers.
Conv2dResult depthwise_forward(const PiecewiseTensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                               bool want_moments);
Conv2dGradients depthwise_gradients(const PiecewiseTensor& dy, const PiecewiseTensor& x, const Tensor& w,
                                    const Conv2dGeometry& geometry, const WantedGradients& wanted);

Conv2dResult depthwise_codes_forward(const CodedImage& x, const CodedWeight& w,
                                     const Conv2dGeometry& geometry, bool want_moments);
/// As conv2d_sums, which see.
CodeSums depthwise_sums(const CodedImage& x, const CodedWeight& w, const Conv2dGeometry& geometry,
                        SumPowers& powers);
Conv2dGradients depthwise_codes_gradients(const PiecewiseTensor& dy, const CodedImage& x,
                                          const CodedWeight& w, const Conv2dGeometry& geometry,
                                          GradientPrecision precision, const WantedGradients& wanted);

}  // namespace nibble::kernels
