#pragma once

#include "core/array.h"

namespace nibble::kernels {

// Pooling of NHWC images over windows; padded positions do not exist: they never win and are not counted.

struct PoolGeometry {
  Size2 kernel{2, 2}, stride{2, 2}, padding{0, 0};
};

Shape pool_output_shape(const Shape& x, const PoolGeometry& geometry, const char* who);

/// y and, for each of its elements, the position in x that won (the first of equals).
struct MaxPooled {
  Tensor y;
  Array<int> winner;
};
MaxPooled max_pool(const Tensor& x, const PoolGeometry& geometry);
Tensor max_pool_gradient(const Tensor& dy, const Array<int>& winner, const Shape& x);

Tensor average_pool(const Tensor& x, const PoolGeometry& geometry);
Tensor average_pool_gradient(const Tensor& dy, const Shape& x, const PoolGeometry& geometry);

/// [N, H, W, C] → [N, C]
Tensor global_average(const Tensor& x);
Tensor global_average_gradient(const Tensor& dy, const Shape& x);

/// Every pixel factor × factor times, and the sum over its copies.
Tensor upsample(const Tensor& x, long factor);
Tensor upsample_gradient(const Tensor& dy, long factor);

}  // namespace nibble::kernels
