#include "autograd/ops/loss.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/block_sum.h"
#include "core/parallel.h"

namespace nibble {
namespace {

// An Eigen array, because Eigen's exp is vectorized and the standard library's is not.
using Row = Eigen::Array<Real, Eigen::Dynamic, 1>;

// log Σ exp(z) of a row. z is shifted by its maximum; the sums of blocks are added in double.
double log_sum_exp(const Real* z, long n) {
  const Real highest = Eigen::Map<const Row>(z, n).maxCoeff();
  double sum = 0;
  for (long begin = 0; begin < n; begin += kBlock) {
    const long size = std::min(kBlock, n - begin);
    alignas(64) Real terms[kBlock] = {};
    Eigen::Map<Row>(terms, size) = (Eigen::Map<const Row>(z + begin, size) - highest).exp();
    sum += sum_block(terms);
  }
  return static_cast<double>(highest) + std::log(sum);
}

}  // namespace

Var cross_entropy(const Var& logits, const Array<int>& labels, Real smoothing) {
  const Tensor& z = logits.value();
  check(z.shape().rank() == 2 && labels.size() == z.shape()[0], "cross_entropy: found logits ", z.shape(),
        " and ", labels.size(), " labels, expected logits [N, K] and N labels");
  check(smoothing >= 0 && smoothing < 1, "cross_entropy: found smoothing ", smoothing,
        ", expected 0 <= smoothing < 1");
  const long samples = z.shape()[0], classes = z.shape()[1];
  for (long n = 0; n < samples; ++n) {
    check(labels[n] >= 0 && labels[n] < classes, "cross_entropy: found label ", labels[n], " of sample ", n,
          ", expected 0 to ", classes - 1);
  }
  // t = off for every class, plus `extra` at the label.
  const double off = static_cast<double>(smoothing) / static_cast<double>(classes);
  const double extra = 1 - static_cast<double>(smoothing);
  std::vector<double> log_sums(static_cast<std::size_t>(samples)), losses(log_sums.size());
  parallel_for(samples, [&](long n) {
    const Real* const row = z.data() + n * classes;
    const auto i = static_cast<std::size_t>(n);
    log_sums[i] = log_sum_exp(row, classes);
    double expected = extra * static_cast<double>(row[labels[n]]);  // Σ t z
    for (long k = 0; off > 0 && k < classes; ++k) expected += off * static_cast<double>(row[k]);
    losses[i] = log_sums[i] - expected;
  });
  const double total = std::accumulate(losses.begin(), losses.end(), 0.0);
  const Tensor loss({1}, {static_cast<Real>(total / static_cast<double>(samples))});
  return record("cross_entropy", {logits}, loss, [=](const Tensor& dy, Gradients& into) {
    const double scale = static_cast<double>(dy[0]) / static_cast<double>(samples);
    // (softmax − t) / N of whole rows, computed when it is read.
    const auto fill = [=](Range elements, Real* dz) {
      for (long n = elements.begin / classes; n < elements.end / classes; ++n, dz += classes) {
        const Real log_sum = static_cast<Real>(log_sums[static_cast<std::size_t>(n)]);
        const Eigen::Map<const Row> row(z.data() + n * classes, classes);
        Eigen::Map<Row> into_row(dz, classes);
        into_row = ((row - log_sum).exp() - static_cast<Real>(off)) * static_cast<Real>(scale);
        into_row[labels[n]] -= static_cast<Real>(extra * scale);
      }
    };
    into.add(0, PiecewiseTensor(z.shape(), fill));
  });
}

Var divergence(const Var& logits, const Tensor& teacher) {
  const Tensor& z = logits.value();
  check(z.shape().rank() == 2 && z.shape() == teacher.shape(), "divergence: found logits ", z.shape(),
        " and a teacher's ", teacher.shape(), ", expected [N, K] of both");
  const long samples = z.shape()[0], classes = z.shape()[1];
  std::vector<double> log_sums(static_cast<std::size_t>(samples)), of_teacher(log_sums.size()),
      losses(log_sums.size());
  parallel_for(samples, [&](long n) {
    const auto i = static_cast<std::size_t>(n);
    const Real *const row = z.data() + n * classes, *const t = teacher.data() + n * classes;
    log_sums[i] = log_sum_exp(row, classes);
    of_teacher[i] = log_sum_exp(t, classes);
    const Real log_sum = static_cast<Real>(of_teacher[i]);
    double sum = 0;  // Σ t_k (teacher_k − logits_k)
    for (long begin = 0; begin < classes; begin += kBlock) {
      const long size = std::min(kBlock, classes - begin);
      alignas(64) Real terms[kBlock] = {};
      const Eigen::Map<const Row> a(t + begin, size), b(row + begin, size);
      Eigen::Map<Row>(terms, size) = (a - log_sum).exp() * (a - b);
      sum += sum_block(terms);
    }
    losses[i] = sum - of_teacher[i] + log_sums[i];
  });
  const double total = std::accumulate(losses.begin(), losses.end(), 0.0);
  const Tensor loss({1}, {static_cast<Real>(total / static_cast<double>(samples))});
  return record("divergence", {logits}, loss, [=](const Tensor& dy, Gradients& into) {
    const Real scale = dy[0] / static_cast<Real>(samples);
    // (softmax − t) / N of whole rows, computed when it is read.
    const auto fill = [=](Range elements, Real* dz) {
      for (long n = elements.begin / classes; n < elements.end / classes; ++n, dz += classes) {
        const auto i = static_cast<std::size_t>(n);
        const Eigen::Map<const Row> row(z.data() + n * classes, classes),
            t(teacher.data() + n * classes, classes);
        Eigen::Map<Row>(dz, classes) =
            ((row - static_cast<Real>(log_sums[i])).exp() - (t - static_cast<Real>(of_teacher[i])).exp()) *
            scale;
      }
    };
    into.add(0, PiecewiseTensor(z.shape(), fill));
  });
}

Var squared_error(const Var& x, const Tensor& target) {
  check(x.shape() == target.shape(), "squared_error: found input ", x.shape(), " and target ", target.shape(),
        ", expected equal shapes");
  const Tensor& v = x.value();
  const std::vector<Range> chunks = cut(v.size(), (v.size() + kElementGrain - 1) / kElementGrain);
  std::vector<double> sums(chunks.size());
  parallel_for(static_cast<long>(chunks.size()), [&](long c) {
    const Range chunk = chunks[static_cast<std::size_t>(c)];
    double sum = 0;
    for (long i = chunk.begin; i < chunk.end; ++i) {
      const double d = static_cast<double>(v[i]) - static_cast<double>(target[i]);
      sum += d * d;
    }
    sums[static_cast<std::size_t>(c)] = sum;
  });
  const double total = std::accumulate(sums.begin(), sums.end(), 0.0);
  const Tensor loss({1}, {static_cast<Real>(total / static_cast<double>(v.size()))});
  return record("squared_error", {x}, loss, [x = v, target](const Tensor& dy, Gradients& into) {
    into.add(0, [&] {
      Tensor dx = Tensor::uninitialized(x.shape());
      const Real factor = 2 * dy[0] / static_cast<Real>(x.size());
      parallel_chunks(dx.size(), kElementGrain, [&](Range chunk) {
        for (long i = chunk.begin; i < chunk.end; ++i) dx[i] = factor * (x[i] - target[i]);
      });
      return dx;
    });
  });
}

}  // namespace nibble
