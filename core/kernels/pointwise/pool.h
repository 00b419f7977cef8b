#pragma once

#include "core/array.h"
#include "core/kernels/conv/conv2d_codes.h"

namespace nibble::kernels {

// Pooling and upsampling of NHWC images, forward and backward. Each image is computed by one thread.
//   x: [N, H, W, C]   y: [N, OH, OW, C]      OH = (H + 2·padding + extra − kernel) / stride + 1

struct PoolGeometry {
  Size2 kernel{2, 2};
  Size2 stride{2, 2};
  Size2 padding{0, 0};  // on both sides
  Size2 extra{
      0, 0};  // more of it at the end only; both together less than the kernel: every window meets the image
  bool operator==(const PoolGeometry&) const = default;
};

/// Throws Error where the shapes do not fit; `who` opens the message.
Shape pool_output_shape(const Shape& x, const PoolGeometry& geometry, const char* who);

/// The largest value of each window. Padding never wins; among equal values the first one wins; a NaN always
/// wins. winner: for each element of y, the offset of its source within the image, (h·W + w)·C + c.
struct MaxPooled {
  Tensor y;
  Array<int> winner;
};
MaxPooled max_pool_forward(const Tensor& x, const PoolGeometry& geometry);
Tensor max_pool_gradient(const Tensor& dy, const Array<int>& winner, const Shape& x);

/// The mean of each window over the positions inside of the image.
Tensor average_pool_forward(const Tensor& x, const PoolGeometry& geometry);
Tensor average_pool_gradient(const Tensor& dy, const Shape& x, const PoolGeometry& geometry);

/// Mean over height and width: [N, C].
Tensor global_average_forward(const Tensor& x);
/// The same for codes. Their sums are exact.
Tensor global_average_forward(const CodedImage& x);
/// The gradient of x. It is the same for all pixels of an image and channel, so it is computed when it is
/// read.
PiecewiseTensor global_average_gradient(const Tensor& dy, const Shape& x);

/// Every pixel repeated factor × factor times: [N, factor·H, factor·W, C].
Tensor upsample_forward(const Tensor& x, int factor);
Tensor upsample_gradient(const Tensor& dy, const Shape& x, int factor);

}  // namespace nibble::kernels
