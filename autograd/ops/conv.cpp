#include "autograd/ops/conv.h"

#include "core/kernels/conv2d_border.h"
#include "core/kernels/conv2d_sums.h"
#include "core/kernels/elementwise.h"

namespace nibble {

Var conv2d(const Var& x, const Var& w, const Var& border, const kernels::Conv2dGeometry& geometry) {
  kernels::conv2d_output_shape(x.shape(), w.shape(), geometry, "conv2d");
  Tensor y = kernels::conv2d_forward(x.value(), w.value(), geometry);
  if (border.empty()) {
    return record("conv2d", {x, w}, y,
                  [x = x.value(), w = w.value(), geometry](const Tensor& dy, Gradients& into) {
                    into.add(0, [&] { return kernels::conv2d_input_gradient(dy, w, x.shape(), geometry); });
                    into.add(1, [&] { return kernels::conv2d_weight_gradient(dy, x, w.shape(), geometry); });
                  });
  }
  const Real p = border.value()[0];
  kernels::add_border(y, p, w.value(), x.shape(), geometry);
  return record("conv2d", {x, w, border}, y,
                [x = x.value(), w = w.value(), p, geometry](const Tensor& dy, Gradients& into) {
                  into.add(0, [&] { return kernels::conv2d_input_gradient(dy, w, x.shape(), geometry); });
                  if (!into.wanted(1) && !into.wanted(2)) return;
                  const Tensor taps = kernels::border_tap_sums(dy, w.shape(), x.shape(), geometry);
                  into.add(1, [&] {
                    Tensor dw = kernels::conv2d_weight_gradient(dy, x, w.shape(), geometry);
                    kernels::add_border_weight_gradient(dw, p, taps);
                    return dw;
                  });
                  into.add(2, [&] { return Tensor({1}, {kernels::border_value_gradient(taps, w)}); });
                });
}

CodedConvolution conv2d_codes(const CodedImage& x, const CodedWeight& w, const Var& border,
                              const kernels::Conv2dGeometry& geometry, kernels::GradientPrecision gradients,
                              bool want_moments) {
  const Shape shape = kernels::conv2d_output_shape(x.value.shape(), w.value.shape(), geometry, "conv2d");
  std::vector<Var> inputs{x.value, w.value};
  if (!border.empty()) inputs.push_back(border);
  const auto backward = [x = x.codes, w = w.codes, geometry, gradients, bordered = !border.empty()](
                            const PiecewiseGradient& dy, Gradients& into) {
    const kernels::WantedGradients wanted{into.wanted(0), bordered && into.wanted(2)};
    const kernels::Conv2dGradients found =
        kernels::conv2d_codes_gradients(dy, x, w, geometry, gradients, wanted);
    if (wanted.dx) into.add(0, found.dx);
    into.add(1, found.dw);
    if (wanted.border_taps)
      into.add(2, Tensor({1}, {kernels::border_value_gradient(found.border_taps, w.values())}));
  };
  if (kernels::has_byte_products() && kernels::sums_fit(x.codes, w.codes)) {
    const kernels::Conv2dSums result = kernels::conv2d_sums(x.codes, w.codes, geometry, want_moments);
    const Var y = record_lazy_piecewise(
        "conv2d_codes", std::move(inputs), shape, [sums = result.y] { return sums.values(); }, backward);
    return {y, result.moments, result.y};
  }
  const kernels::Conv2dResult result =
      kernels::conv2d_codes_forward(x.codes, w.codes, geometry, want_moments);
  return {record_piecewise("conv2d_codes", std::move(inputs), result.y, backward), result.moments, {}};
}

Var add_bias(const Var& y, const Var& b) {
  check(y.shape().back() == b.shape()[0], "add_bias: ", y.shape(), " has ", y.shape().back(),
        " channels but the bias ", b.shape()[0]);
  Tensor sum = y.value().clone();
  kernels::add_row(sum, b.value());
  return record("add_bias", {y, b}, sum, [](const Tensor& dy, Gradients& into) {
    into.add(0, [&] { return dy; });
    into.add(1, [&] { return kernels::sum_rows(dy); });
  });
}

}  // namespace nibble
