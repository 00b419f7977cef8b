#include "layers/pool.h"

#include "autograd/ops/pool.h"
#include "layers/check_inputs.h"

namespace nibble {

Pool::Pool(const PoolOptions& o, std::span<const Shape> inputs, Rng) : options(o) {
  check(o.kernel.h > 0 && o.kernel.w > 0, "pool: found kernel ", o.kernel, ", expected at least 1 x 1");
  check(o.stride.h > 0 && o.stride.w > 0, "pool: found stride ", o.stride, ", expected at least 1 x 1");
  // A window that lies in the padding altogether would have no maximum and no mean.
  check(0 <= o.padding.h && 0 <= o.extra.h && o.padding.h + o.extra.h < o.kernel.h && 0 <= o.padding.w &&
            0 <= o.extra.w && o.padding.w + o.extra.w < o.kernel.w,
        "pool: found padding ", o.padding,
        o.extra == Size2{0, 0} ? "" : str(" and more at the end, ", o.extra),
        ", expected less than the kernel ", o.kernel);
  output_shape(inputs);
}

Shape Pool::output_shape(std::span<const Shape> inputs) const {
  const Shape& x = only_image(inputs, "pool");
  const long reach_h = x[0] + 2 * options.padding.h + options.extra.h - options.kernel.h;
  const long reach_w = x[1] + 2 * options.padding.w + options.extra.w - options.kernel.w;
  check(reach_h >= 0 && reach_w >= 0, "pool: input ", x, " is smaller than the kernel ", options.kernel);
  return {reach_h / options.stride.h + 1, reach_w / options.stride.w + 1, x[2]};
}

Signal Pool::forward(std::span<const Signal> inputs, const Pass&) const {
  const Signal& x = inputs[0];
  const PoolOptions& o = options;
  if (o.kind == PoolKind::max) return {max_pool(x.value, o.kernel, o.stride, o.padding, o.extra), x.grid};
  return {average_pool(x.value, o.kernel, o.stride, o.padding, o.extra), {}};
}

GlobalPool::GlobalPool(const GlobalPoolOptions&, std::span<const Shape> inputs, Rng) { output_shape(inputs); }

Shape GlobalPool::output_shape(std::span<const Shape> inputs) const {
  return {only_image(inputs, "global_pool")[2]};
}

Signal GlobalPool::forward(std::span<const Signal> inputs, const Pass& pass) const {
  const Signal& x = inputs[0];
  if (!pass.plans(Kernel::code_means) || !x.codes()) {
    if (pass.node) pass.node->kernel = Kernel::alone;
    return {global_average(x.value), {}};
  }
  const AffineGrid grid = x.grid->affine();
  return {global_average(x.value, {x.codes()->codes, grid.scale, grid.value(grid.grid.lo)}), {}};
}

Upsample::Upsample(const UpsampleOptions& o, std::span<const Shape> inputs, Rng) : options(o) {
  check(o.factor > 0, "upsample: found factor ", o.factor, ", expected at least 1");
  output_shape(inputs);
}

Shape Upsample::output_shape(std::span<const Shape> inputs) const {
  const Shape& x = only_image(inputs, "upsample");
  return {x[0] * options.factor, x[1] * options.factor, x[2]};
}

Signal Upsample::forward(std::span<const Signal> inputs, const Pass&) const {
  return {upsample(inputs[0].value, options.factor), inputs[0].grid};
}

}  // namespace nibble
