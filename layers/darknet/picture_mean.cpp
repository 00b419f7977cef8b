#include "layers/darknet/picture_mean.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/parallel.h"

namespace nibble::darknet {

double logistic(double t) { return 1 / (1 + std::exp(-t)); }
double softplus(double t) { return std::max(t, 0.0) + std::log1p(std::exp(-std::abs(t))); }

Var picture_mean(const char* op, const Var& head, const PictureTerm& term) {
  const Shape& shape = head.shape();
  const long pictures = shape[0];
  Tensor gradient;
  if (head.wants_gradient()) gradient = Tensor::uninitialized(shape);
  std::vector<double> losses(static_cast<std::size_t>(pictures));
  parallel_for(pictures, [&](long n) {
    losses[static_cast<std::size_t>(n)] =
        term(n, gradient.empty() ? nullptr : gradient.data() + n * shape.row());
  });
  const double sum = std::accumulate(losses.begin(), losses.end(), 0.0);
  const Tensor loss({1}, {static_cast<Real>(sum / static_cast<double>(pictures))});
  return record(op, {head}, loss, [gradient, pictures](const Tensor& dy, Gradients& into) {
    into.add(0, [&] {
      Tensor dx = Tensor::uninitialized(gradient.shape());
      const Real scale = dy[0] / static_cast<Real>(pictures);
      parallel_chunks(dx.size(), kElementGrain, [&](nibble::Range chunk) {
        for (long i = chunk.begin; i < chunk.end; ++i) dx[i] = scale * gradient[i];
      });
      return dx;
    });
  });
}

}  // namespace nibble::darknet
