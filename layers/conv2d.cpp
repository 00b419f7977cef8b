#include "layers/conv2d.h"

#include "autograd/ops/conv.h"
#include "layers/check_inputs.h"
#include "layers/coded_weight.h"
#include "layers/initial_weights.h"
#include "quant/ops/fake_quantize.h"

namespace nibble {
namespace {

kernels::CodedImage image_codes(const Signal& x, Border border) {
  const AffineGrid grid = x.grid->affine();
  return {x.codes()->codes, grid.scale, grid.value(grid.grid.lo), x.grid->border_code(border) - grid.grid.lo,
          grid.grid.levels() - 1};
}

CodedImage coded_image(const Signal& x, Border border, int groups) {
  CodedImage image{x.value, image_codes(x, border)};
  if (x.codes()->data.empty() || groups != 1) return image;
  const bool shifted = !x.grid->shift.empty();
  image.numbers = {x.grid->scale};
  if (shifted) image.numbers.push_back(x.grid->shift);
  image.slopes = {static_cast<long>(image.numbers.size()),
                  [data = x.codes()->data, grid = x.grid->affine(), shifted](Range pixels, Real* into) {
                    const long channels = data.shape().back();
                    grid_slopes(data.data() + pixels.begin * channels, pixels.size() * channels, grid,
                                shifted, into);
                  }};
  return image;
}

}  // namespace

Conv2d::Conv2d(const Conv2dOptions& o, std::span<const Shape> inputs, Rng rng) : options(o) {
  const Shape& x = only_image(inputs, "conv2d");
  check(o.out_channels > 0, "conv2d: found ", o.out_channels, " output channels, expected at least 1");
  check(o.kernel.h > 0 && o.kernel.w > 0, "conv2d: found kernel ", o.kernel, ", expected at least 1 x 1");
  check(o.stride.h > 0 && o.stride.w > 0, "conv2d: found stride ", o.stride, ", expected at least 1 x 1");
  check(o.dilation.h > 0 && o.dilation.w > 0, "conv2d: found dilation ", o.dilation,
        ", expected at least 1 x 1");
  for (const Size2& padding : {o.padding, o.extra})
    check(padding.h >= 0 && padding.w >= 0, "conv2d: found padding ", padding, ", expected at least 0 x 0");
  check(o.groups > 0 && x[2] % o.groups == 0 && o.out_channels % o.groups == 0, "conv2d: found ", o.groups,
        " groups, expected a divisor of ", x[2], " input and ", o.out_channels, " output channels");
  weight = Var(he_normal({o.out_channels, o.kernel.h, o.kernel.w, x[2] / o.groups}, rng), true);
  if (o.bias) bias = Var(Tensor({o.out_channels}), true);
  output_shape(inputs);
}

kernels::Conv2dGeometry Conv2d::geometry() const {
  return {options.stride, options.padding, options.dilation, options.groups, options.extra};
}

Shape Conv2d::output_shape(std::span<const Shape> inputs) const {
  const Shape& x = only_image(inputs, "conv2d");
  const Shape y = kernels::conv2d_output_shape(with_batch(1, x), weight.shape(), geometry(), "conv2d");
  return {y[1], y[2], y[3]};
}

Signal Conv2d::forward(std::span<const Signal> inputs, const Pass& pass) const {
  const Signal& x = inputs[0];
  const Quantized w = quantized(weight_quantizer, weight);
  const Var border_reads = geometry().padded() ? border_value(x, border) : Var();
  const bool codes = multiplies_codes(x, w, pass);
  const kernels::WantedResults wanted{.moments = pass.node != nullptr && pass.node->moments};
  Convolution result = codes
                           ? conv2d_codes(coded_image(x, border, options.groups), {w.value, coded_weight(w)},
                                          border_reads, geometry(), pass.gradients, wanted)
                           : conv2d(x.value, w.value, border_reads, geometry(), wanted, pass.reals);
  if (!bias.empty()) return add_bias(result.y, bias);
  Signal y = result.y;
  if (result.sums) {
    y.carried = Sums{std::move(*result.sums), std::move(result.moments)};
  } else if (result.moments) {
    y.carried = std::move(*result.moments);
  }
  return y;
}

void Conv2d::parameters(const ParameterFn& visit) {
  visit("weight", ParameterKind::weight, weight);
  if (!bias.empty()) visit("bias", ParameterKind::bias, bias);
  if (weight_quantizer) {
    nibble::parameters(*weight_quantizer, [&](const std::string& name, ParameterKind kind, Var& value) {
      visit("weight_quantizer/" + name, kind, value);
    });
  }
}

}  // namespace nibble
