#include "core/kernels/conv2d.h"

#include "core/check.h"
#include "core/kernels/depthwise_conv2d.h"
#include "core/kernels/onednn_engine.h"

namespace nibble::kernels {
namespace {

long output_extent(long in, long kernel, int stride, int padding, int dilation) {
  const long reach = dilation * (kernel - 1) + 1;
  return in + 2 * padding < reach ? 0 : (in + 2 * padding - reach) / stride + 1;
}

}  // namespace

Shape conv2d_output_shape(const Shape& x, const Shape& w, const Conv2dGeometry& g, const char* who) {
  check(x.rank() == 4 && w.rank() == 4, who, ": input ", x, " and weight ", w,
        " where [N, H, W, C] and [O, KH, KW, C/groups] are expected");
  check(g.groups > 0 && w[0] % g.groups == 0 && w[3] * g.groups == x[3], who, ": input ", x, " has ", x[3],
        " channels but weight ", w, " in ", g.groups, " groups takes ", w[3] * g.groups);
  const Shape y{x[0], output_extent(x[1], w[1], g.stride.h, g.padding.h, g.dilation.h),
                output_extent(x[2], w[2], g.stride.w, g.padding.w, g.dilation.w), w[0]};
  check(y[1] > 0 && y[2] > 0, who, ": input ", x, " is smaller than the kernel of weight ", w);
  return y;
}

Tensor conv2d_forward(const Tensor& x, const Tensor& w, const Conv2dGeometry& geometry) {
  if constexpr (onednn::kAvailable) return onednn::conv2d_forward(x, w, geometry);
  return plain::conv2d_forward(x, w, geometry);
}

Tensor conv2d_input_gradient(const Tensor& dy, const Tensor& w, const Shape& x,
                             const Conv2dGeometry& geometry) {
  if constexpr (onednn::kAvailable) return onednn::conv2d_input_gradient(dy, w, x, geometry);
  return plain::conv2d_input_gradient(dy, w, x, geometry);
}

Tensor conv2d_weight_gradient(const Tensor& dy, const Tensor& x, const Shape& w,
                              const Conv2dGeometry& geometry) {
  if (is_depthwise(x.shape(), w, geometry) && w[1] * w[2] > 9)
    return depthwise_conv2d_weight_gradient(dy, x, w, geometry);
  if constexpr (onednn::kAvailable) return onednn::conv2d_weight_gradient(dy, x, w, geometry);
  return plain::conv2d_weight_gradient(dy, x, w, geometry);
}

}  // namespace nibble::kernels
