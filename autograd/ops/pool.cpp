#include "autograd/ops/pool.h"

#include "core/kernels/pool.h"

namespace nibble {

Var max_pool(const Var& x, Size2 kernel, Size2 stride, Size2 padding) {
  const kernels::MaxPooled pooled = kernels::max_pool(x.value(), {kernel, stride, padding});
  return record("max_pool", {x}, pooled.y,
                [winner = pooled.winner, shape = x.shape()](const Tensor& dy, Gradients& into) {
                  into.add(0, [&] { return kernels::max_pool_gradient(dy, winner, shape); });
                });
}

Var average_pool(const Var& x, Size2 kernel, Size2 stride, Size2 padding) {
  const kernels::PoolGeometry geometry{kernel, stride, padding};
  return record("average_pool", {x}, kernels::average_pool(x.value(), geometry),
                [geometry, shape = x.shape()](const Tensor& dy, Gradients& into) {
                  into.add(0, [&] { return kernels::average_pool_gradient(dy, shape, geometry); });
                });
}

Var global_average(const Var& x) {
  return record("global_average", {x}, kernels::global_average(x.value()),
                [shape = x.shape()](const Tensor& dy, Gradients& into) {
                  into.add(0, [&] { return kernels::global_average_gradient(dy, shape); });
                });
}

Var upsample(const Var& x, long factor) {
  return record("upsample", {x}, kernels::upsample(x.value(), factor),
                [factor](const Tensor& dy, Gradients& into) {
                  into.add(0, [&] { return kernels::upsample_gradient(dy, factor); });
                });
}

}  // namespace nibble
