#include "autograd/ops/loss.h"

#include <algorithm>
#include <cmath>

#include "core/kernels/elementwise.h"

namespace nibble {

Var cross_entropy(const Var& logits, const Array<int>& labels, Real smoothing) {
  const Tensor& z = logits.value();
  check(z.shape().rank() == 2 && labels.size() == z.shape()[0], "cross_entropy: found logits ", z.shape(),
        " and ", labels.size(), " labels, expected logits [N, K] and N labels");
  check(smoothing >= 0 && smoothing < 1, "cross_entropy: found smoothing ", smoothing,
        ", expected 0 <= smoothing < 1");
  const long samples = z.shape()[0], classes = z.shape()[1];
  const double off = static_cast<double>(smoothing) / static_cast<double>(classes);
  const double on = 1 - static_cast<double>(smoothing) + off;
  Tensor dz = Tensor::uninitialized(z.shape());  // (softmax − t) / N
  double total = 0;
  for (long n = 0; n < samples; ++n) {
    check(labels[n] >= 0 && labels[n] < classes, "cross_entropy: found label ", labels[n], " of sample ", n,
          ", expected 0 to ", classes - 1);
    const Real* const row = z.data() + n * classes;
    const double highest = static_cast<double>(*std::max_element(row, row + classes));
    double sum = 0;
    for (long k = 0; k < classes; ++k) sum += std::exp(static_cast<double>(row[k]) - highest);
    const double log_sum = highest + std::log(sum);
    for (long k = 0; k < classes; ++k) {
      const double log_p = static_cast<double>(row[k]) - log_sum, t = k == labels[n] ? on : off;
      total -= t * log_p;
      dz[n * classes + k] = static_cast<Real>((std::exp(log_p) - t) / static_cast<double>(samples));
    }
  }
  const Tensor loss({1}, {static_cast<Real>(total / static_cast<double>(samples))});
  return record("cross_entropy", {logits}, loss, [dz](const Tensor& dy, Gradients& into) {
    into.add(0, [&] { return kernels::scaled(dz, dy[0]); });
  });
}

Var squared_error(const Var& x, const Tensor& target) {
  check(x.shape() == target.shape(), "squared_error: found input ", x.shape(), " and target ", target.shape(),
        ", expected equal shapes");
  const Tensor& v = x.value();
  double total = 0;
  for (long i = 0; i < v.size(); ++i) {
    const double d = static_cast<double>(v[i]) - static_cast<double>(target[i]);
    total += d * d;
  }
  const Tensor loss({1}, {static_cast<Real>(total / static_cast<double>(v.size()))});
  return record("squared_error", {x}, loss, [x = v, target](const Tensor& dy, Gradients& into) {
    into.add(0, [&] {
      Tensor dx = Tensor::uninitialized(x.shape());
      const Real factor = 2 * dy[0] / static_cast<Real>(x.size());
      for (long i = 0; i < dx.size(); ++i) dx[i] = factor * (x[i] - target[i]);
      return dx;
    });
  });
}

}  // namespace nibble
