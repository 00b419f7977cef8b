#pragma once

#include "core/array.h"
#include "core/kernels/conv/conv2d_codes.h"

namespace nibble::kernels {

// Pooling and its inverse on NHWC images, both directions. Images are computed one by one, each by one
// thread.
//   x: [N, H, W, C]   y: [N, OH, OW, C]      OH = (H + 2·padding − kernel) / stride + 1

struct PoolGeometry {
  Size2 kernel{2, 2};
  Size2 stride{2, 2};
  Size2 padding{0, 0};  // on both sides, less than the kernel: so every window meets the image
  bool operator==(const PoolGeometry&) const = default;
};

/// Throws Error where the shapes do not fit; `who` opens the message.
Shape pool_output_shape(const Shape& x, const PoolGeometry& geometry, const char* who);

/// The largest value of each window; padding never wins, of equals the first does, and a NaN wins for good.
/// winner: for each element of y, the offset of its source within the image, (h·W + w)·C + c.
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
/// Of codes, whose sums are exact.
Tensor global_average_forward(const CodedImage& x);
/// The same for every pixel of an image and channel, so that it is made where it is read.
PiecewiseTensor global_average_gradient(const Tensor& dy, const Shape& x);

/// Every pixel repeated factor × factor times: [N, factor·H, factor·W, C].
Tensor upsample_forward(const Tensor& x, int factor);
Tensor upsample_gradient(const Tensor& dy, const Shape& x, int factor);

}  // namespace nibble::kernels
