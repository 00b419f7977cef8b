#include "autograd/ops/conv.h"

#include "core/kernels/conv/conv2d_border.h"
#include "core/kernels/pointwise/elementwise.h"

namespace nibble {

Convolution conv2d(const Var& x, const Var& w, const Var& border, const kernels::Conv2dGeometry& geometry,
                   const kernels::WantedResults& wanted, kernels::Precision precision) {
  kernels::conv2d_output_shape(x.shape(), w.shape(), geometry, "conv2d");
  const bool bordered = !border.empty();
  kernels::Conv2dResult result = kernels::conv2d_forward(x.pieces(), w.value(), geometry,
                                                         {.moments = wanted.moments && !bordered}, precision);
  std::vector<Var> inputs{x, w};
  Real p = 0;
  if (bordered) {
    inputs.push_back(border);
    p = border.value()[0];
    kernels::add_border(result.y, p, w.value(), x.shape(), geometry);
  }
  const auto backward = [x = x.pieces(), w = w.value(), p, geometry, bordered, precision](
                            const PiecewiseTensor& dy, Gradients& into) {
    const bool dx = into.wanted(0), dw = into.wanted(1), dp = bordered && into.wanted(2);
    kernels::Conv2dGradients found = kernels::conv2d_gradients(
        dy, x, w, geometry,
        {.dx = dx, .border_taps = dp || (dw && p != 0), .dw = dw, .dx_hook = into.hook(0)}, precision);
    if (dx) into.add(0, found.dx);
    if (dw) {
      if (p != 0) kernels::add_border_weight_gradient(found.dw, p, found.border_taps);
      into.add(1, found.dw);
    }
    if (dp) into.add(2, Tensor({1}, {kernels::border_value_gradient(found.border_taps, w)}));
  };
  return {record_piecewise("conv2d", std::move(inputs), result.y, backward), result.moments};
}

Convolution conv2d_codes(const CodedImage& x, const CodedWeight& w, const Var& border,
                         const kernels::Conv2dGeometry& geometry, kernels::Precision gradients,
                         const kernels::WantedResults& wanted) {
  kernels::conv2d_output_shape(x.value.shape(), w.value.shape(), geometry, "conv2d");
  const kernels::Conv2dResult result = kernels::conv2d_codes_forward(x.codes, w.codes, geometry, wanted);
  std::vector<Var> inputs = x.numbers;
  if (x.numbers.empty()) inputs.push_back(x.value);
  const std::size_t to_w = inputs.size(), to_border = to_w + 1;
  inputs.push_back(w.value);
  if (!border.empty()) inputs.push_back(border);
  const bool bordered = !border.empty();
  const auto leave = [=, w = w.codes](Gradients& into, const Tensor& dw, const Tensor& border_taps) {
    into.add(to_w, dw);
    if (bordered && into.wanted(to_border))
      into.add(to_border, Tensor({1}, {kernels::border_value_gradient(border_taps, w.values())}));
  };
  PiecewiseBackward backward;
  if (x.numbers.empty()) {
    backward = [=, x = x.codes, w = w.codes](const PiecewiseTensor& dy, Gradients& into) {
      const kernels::WantedGradients made{.dx = into.wanted(0),
                                          .border_taps = bordered && into.wanted(to_border)};
      const kernels::Conv2dGradients found =
          kernels::conv2d_codes_gradients(dy, x, w, geometry, gradients, made);
      if (made.dx) into.add(0, found.dx);
      leave(into, found.dw, found.border_taps);
    };
  } else {
    backward = [=, x = x.codes, w = w.codes, slopes = x.slopes](const PiecewiseTensor& dy, Gradients& into) {
      const kernels::DataGradients found =
          kernels::conv2d_data_gradients(dy, x, slopes, w, geometry, gradients,
                                         {.dx = false, .border_taps = bordered && into.wanted(to_border)});
      for (std::size_t i = 0; i < to_w; ++i) into.add(i, Tensor({1}, {found.numbers[i]}));
      leave(into, found.dw, found.border_taps);
    };
  }
  const Var y = record_piecewise("conv2d_codes", std::move(inputs), result.values(), std::move(backward));
  return {y, result.moments, result.sums};
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
