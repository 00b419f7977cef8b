#pragma once

#include "core/kernels/conv/conv2d_codes.h"

namespace nibble::kernels {

// Depthwise convolutions of training. Their speed is limited by memory, so each value is moved as seldom as
// possible:
// - Images are read row by row into the second-level cache, and codes are converted to numbers there.
// - The moments of an output row are computed while the row is still in the cache.
// - One pass over dy computes both gradients.
// oneDNN's depthwise convolutions take several times as long on NHWC.

/// True for one filter per channel and no dilation.
bool is_depthwise(const Shape& x, const Shape& w, const Conv2dGeometry& geometry);

/// The functions of conv2d.h and conv2d_codes.h for such layers.
Conv2dResult depthwise_forward(const PiecewiseTensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                               bool want_moments);
Conv2dGradients depthwise_gradients(const PiecewiseTensor& dy, const PiecewiseTensor& x, const Tensor& w,
                                    const Conv2dGeometry& geometry, const WantedGradients& wanted);

Conv2dResult depthwise_codes_forward(const CodedImage& x, const CodedWeight& w,
                                     const Conv2dGeometry& geometry, bool want_moments);
/// conv2d_sums (conv2d_sums.h) for such layers.
CodeSums depthwise_sums(const CodedImage& x, const CodedWeight& w, const Conv2dGeometry& geometry,
                        SumPowers& powers);
Conv2dGradients depthwise_codes_gradients(const PiecewiseTensor& dy, const CodedImage& x,
                                          const CodedWeight& w, const Conv2dGeometry& geometry,
                                          GradientPrecision precision, const WantedGradients& wanted);

}  // namespace nibble::kernels
