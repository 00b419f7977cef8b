#include "autograd/ops/linear.h"

#include "core/kernels/matrix/matmul.h"

namespace nibble {

Var linear(const Var& x, const Var& w, const Var& b) {
  check(x.shape().back() == w.shape()[1], "linear: input ", x.shape(), " has ", x.shape().back(),
        " features but weight ", w.shape(), " takes ", w.shape()[1]);
  Tensor y = kernels::matmul_nt(x.value(), w.value(), b.empty() ? Tensor() : b.value());
  std::vector<Var> inputs{x, w};
  if (!b.empty()) inputs.push_back(b);
  return record_piecewise(
      "linear", std::move(inputs), y,
      [x = x.value(), w = w.value(), biased = !b.empty()](const PiecewiseTensor& dy, Gradients& into) {
        const long rows = x.size() / x.shape().back();
        const PiecewiseTensor flat = dy.reshaped({rows, w.shape()[0]});
        const kernels::MatmulGradients found = kernels::matmul_gradients(flat, x, w, into.wanted(0));
        if (into.wanted(0)) into.add(0, found.dx);
        into.add(1, found.dw);
        if (biased) into.add(2, found.sums);
      });
}

Var linear_codes(const CodedRows& x, const CodedWeight& w, const Var& b, kernels::Precision gradients) {
  check(x.value.shape().back() == w.value.shape()[1], "linear: input ", x.value.shape(), " has ",
        x.value.shape().back(), " features but weight ", w.value.shape(), " takes ", w.value.shape()[1]);
  Tensor y = kernels::matmul_codes_forward(x.codes, w.codes, b.empty() ? Tensor() : b.value());
  std::vector<Var> inputs{x.value, w.value};
  if (!b.empty()) inputs.push_back(b);
  return record_piecewise(
      "linear_codes", std::move(inputs), y,
      [x = x.codes, w = w.codes, gradients, biased = !b.empty()](const PiecewiseTensor& dy, Gradients& into) {
        const kernels::MatmulGradients found =
            kernels::matmul_codes_gradients(dy, x, w, gradients, into.wanted(0));
        if (into.wanted(0)) into.add(0, found.dx);
        into.add(1, found.dw);
        if (biased) into.add(2, found.sums);
      });
}

}  // namespace nibble
