#include "autograd/ops/linear.h"

#include "core/kernels/elementwise.h"
#include "core/kernels/matmul.h"

namespace nibble {

Var linear(const Var& x, const Var& w, const Var& b) {
  check(x.shape().back() == w.shape()[1], "linear: input ", x.shape(), " has ", x.shape().back(),
        " features but weight ", w.shape(), " takes ", w.shape()[1]);
  Tensor y = kernels::matmul_nt(x.value(), w.value());
  std::vector<Var> inputs{x, w};
  if (!b.empty()) {
    kernels::add_row(y, b.value());
    inputs.push_back(b);
  }
  return record("linear", std::move(inputs), y,
                [x = x.value(), w = w.value(), biased = !b.empty()](const Tensor& dy, Gradients& into) {
                  into.add(0, [&] { return kernels::matmul_nn(dy, w); });  // dx = dy W
                  into.add(1, [&] { return kernels::matmul_tn(dy, x); });  // dW = dyᵀ x
                  if (biased) into.add(2, [&] { return kernels::sum_rows(dy); });
                });
}

}  // namespace nibble
