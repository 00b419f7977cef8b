#pragma once

#include "core/kernels/conv/conv2d_codes.h"

namespace nibble::kernels {

// Depthwise convolutions of training. They are bound by memory, so images pass through the second-level cache
// row by row. There codes become numbers, and listeners are told of each row. One walk over dy makes both
// gradients. oneDNN takes several times as long for such layers on NHWC.

/// True for one filter per channel and no dilation.
bool is_depthwise(const Shape& x, const Shape& w, const Conv2dGeometry& geometry);

/// conv2d.h and conv2d_codes.h for such layers; of_y, which may be empty, is told of every row of y.
Tensor depthwise_forward(const PiecewiseTensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                         const PieceListener& of_y);
Conv2dGradients depthwise_gradients(const PiecewiseTensor& dy, const PiecewiseTensor& x, const Tensor& w,
                                    const Conv2dGeometry& geometry, const WantedGradients& wanted);

Tensor depthwise_codes_forward(const CodedImage& x, const CodedWeight& w, const Conv2dGeometry& geometry,
                               const PieceListener& of_y);
/// As conv2d_sums (conv2d_sums.h).
CodeSums depthwise_sums(const CodedImage& x, const CodedWeight& w, const Conv2dGeometry& geometry,
                        SumPowers* powers);
Conv2dGradients depthwise_codes_gradients(const PiecewiseTensor& dy, const CodedImage& x,
                                          const CodedWeight& w, const Conv2dGeometry& geometry,
                                          Precision precision, const WantedGradients& wanted);

}  // namespace nibble::kernels
