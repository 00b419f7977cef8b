#pragma once

#include "core/kernels/conv2d.h"

namespace nibble::kernels {

/// One filter a channel and no dilation.
bool is_depthwise(const Shape& x, const Shape& w, const Conv2dGeometry& geometry);

/// dw[c, tap] = Σ over the images and positions of dy[.., c] x[.., c]      x: [N, H, W, C]   w: [C, KH, KW,
/// 1] Channels, which lie side by side, are the vectors; sums are float along a row and double above. The
/// library's takes 5 to 9 times as long for 5 x 5 filters, and half as long for 3 x 3 ones (on NHWC; so do
/// its two other passes).
Tensor depthwise_conv2d_weight_gradient(const Tensor& dy, const Tensor& x, const Shape& w,
                                        const Conv2dGeometry& geometry);

}  // namespace nibble::kernels
