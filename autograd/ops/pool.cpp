#include "autograd/ops/pool.h"

#include "core/kernels/pointwise/pool.h"

namespace nibble {

Var max_pool(const Var& x, Size2 kernel, Size2 stride, Size2 padding, Size2 extra) {
  const kernels::MaxPooled pooled = kernels::max_pool_forward(x.value(), {kernel, stride, padding, extra});
  return record("max_pool", {x}, pooled.y,
                [shape = x.shape(), winner = pooled.winner](const Tensor& dy, Gradients& into) {
                  into.add(0, [&] { return kernels::max_pool_gradient(dy, winner, shape); });
                });
}

Var average_pool(const Var& x, Size2 kernel, Size2 stride, Size2 padding, Size2 extra) {
  const kernels::PoolGeometry geometry{kernel, stride, padding, extra};
  return record("average_pool", {x}, kernels::average_pool_forward(x.value(), geometry),
                [shape = x.shape(), geometry](const Tensor& dy, Gradients& into) {
                  into.add(0, [&] { return kernels::average_pool_gradient(dy, shape, geometry); });
                });
}

namespace {

Var averaged(const Var& x, Tensor mean) {
  return record("global_average", {x}, std::move(mean),
                [shape = x.shape()](const Tensor& dy, Gradients& into) {
                  into.add(0, [&] { return kernels::global_average_gradient(dy, shape); });
                });
}

}  // namespace

Var global_average(const Var& x) {
  check(x.shape().rank() == 4, "global_average: found input ", x.shape(), ", expected [N, H, W, C]");
  return averaged(x, kernels::global_average_forward(x.value()));
}

Var global_average(const Var& x, const kernels::CodedImage& codes) {
  check(x.shape().rank() == 4 && codes.codes.shape() == x.shape(), "global_average: found input ", x.shape(),
        " and codes ", codes.codes.shape(), ", expected [N, H, W, C] of both");
  return averaged(x, kernels::global_average_forward(codes));
}

Var upsample(const Var& x, int factor) {
  check(x.shape().rank() == 4, "upsample: found input ", x.shape(), ", expected [N, H, W, C]");
  check(factor > 0, "upsample: found factor ", factor, ", expected at least 1");
  return record("upsample", {x}, kernels::upsample_forward(x.value(), factor),
                [shape = x.shape(), factor](const Tensor& dy, Gradients& into) {
                  into.add(0, [&] { return kernels::upsample_gradient(dy, shape, factor); });
                });
}

}  // namespace nibble
