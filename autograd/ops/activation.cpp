#include "autograd/ops/activation.h"

#include "core/parallel.h"

namespace nibble {

Var activation(const Var& x, ActivationKind kind, Real slope) {
  check(slope >= 0, "leaky_relu: found slope ", slope, ", expected at least 0");
  const Tensor& input = x.value();
  Tensor y = Tensor::uninitialized(input.shape());
  parallel_chunks(input.size(), kElementGrain, [&](Range r) {
    kernels::activate(kind, slope, input.data() + r.begin, y.data() + r.begin, r.size());
  });
  const Tensor saved = kernels::gradient_reads_output(kind) ? y : input;
  return record("activation", {x}, y, [saved, kind, slope](const Tensor& dy, Gradients& into) {
    into.add(0, [&] {
      Tensor dx = Tensor::uninitialized(dy.shape());
      parallel_chunks(dy.size(), kElementGrain, [&](Range r) {
        kernels::activate_gradient(kind, slope, saved.data() + r.begin, dy.data() + r.begin,
                                   dx.data() + r.begin, r.size());
      });
      return dx;
    });
  });
}

Var relu(const Var& x) { return activation(x, ActivationKind::relu); }
Var relu6(const Var& x) { return activation(x, ActivationKind::relu6); }
Var leaky_relu(const Var& x, Real slope) { return activation(x, ActivationKind::leaky_relu, slope); }
Var sigmoid(const Var& x) { return activation(x, ActivationKind::sigmoid); }
Var tanh(const Var& x) { return activation(x, ActivationKind::tanh); }
Var swish(const Var& x) { return activation(x, ActivationKind::swish); }
Var hard_swish(const Var& x) { return activation(x, ActivationKind::hard_swish); }
Var mish(const Var& x) { return activation(x, ActivationKind::mish); }

}  // namespace nibble
