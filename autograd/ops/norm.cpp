#include "autograd/ops/norm.h"

#include <cmath>

namespace nibble {
namespace {

void check_channels(const Var& x, const Var& weight, const Var& bias) {
  const long channels = x.shape().back();
  check(weight.shape() == Shape{channels} && bias.shape() == Shape{channels}, "batch_norm: input ", x.shape(),
        " has ", channels, " channels but weight ", weight.shape(), " and bias ", bias.shape());
}

// 1 / √(σ² + ε), in double, because σ² may be small.
Tensor inverse_deviation(const Tensor& variance, double epsilon) {
  Tensor result = Tensor::uninitialized(variance.shape());
  for (long c = 0; c < result.size(); ++c) {
    result[c] = static_cast<Real>(1 / std::sqrt(static_cast<double>(variance[c]) + epsilon));
  }
  return result;
}

// The norm as y = gain · x + offset.
Tensor normalize(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& mean,
                 const Tensor& inverse) {
  Tensor gain = Tensor::uninitialized(mean.shape()), offset = Tensor::uninitialized(mean.shape());
  for (long c = 0; c < gain.size(); ++c) {
    gain[c] = weight[c] * inverse[c];
    offset[c] = bias[c] - mean[c] * gain[c];
  }
  return kernels::scale_channels(x, gain, offset);
}

}  // namespace

Var batch_norm(const Var& x, const Var& weight, const Var& bias, double epsilon,
               kernels::ChannelMoments& moments) {
  check_channels(x, weight, bias);
  moments = kernels::channel_moments(x.value());
  return batch_norm_with_moments(x, weight, bias, epsilon, moments);
}

Var batch_norm_with_moments(const Var& x, const Var& weight, const Var& bias, double epsilon,
                            const kernels::ChannelMoments& moments, BatchParts* parts) {
  check_channels(x, weight, bias);
  const Tensor mean = moments.mean, inverse = inverse_deviation(moments.variance, epsilon);
  Tensor y = normalize(x.value(), weight.value(), bias.value(), mean, inverse);

  // With x̃ = (x − μ)·r, r = 1/√(σ² + ε), over M rows:
  //   dweight = Σ dy x̃    dbias = Σ dy    dx = weight·r · (dy − Σdy/M − x̃ · Σ(dy x̃)/M) = a·dy + b·x + d
  return record(
      "batch_norm", {x, weight, bias}, y,
      [x = x.value(), weight = weight.value(), mean, inverse, parts](const Tensor& dy, Gradients& into) {
        const kernels::ChannelSums sums = kernels::channel_sums(dy, x, mean);
        const kernels::ChannelSums all = parts ? kernels::sum_of_parts(sums, *parts) : sums;
        const long channels = mean.size();
        const Real rows = static_cast<Real>(x.size() / channels * (parts ? parts->count() : 1));
        Tensor dweight({channels}), a({channels}), b({channels}), d({channels});
        for (long c = 0; c < channels; ++c) {
          dweight[c] = sums.dy_centered[c] * inverse[c];
          a[c] = weight[c] * inverse[c];
          b[c] = -a[c] * inverse[c] * (all.dy_centered[c] * inverse[c]) / rows;
          d[c] = -a[c] * all.dy[c] / rows - b[c] * mean[c];
        }
        into.add(0, [&] { return kernels::combine_channels(dy, a, x, b, d); });
        into.add(1, dweight);
        into.add(2, sums.dy);
      });
}

Var batch_norm_fixed(const Var& x, const Var& weight, const Var& bias, const Tensor& mean,
                     const Tensor& variance, double epsilon) {
  check_channels(x, weight, bias);
  const Tensor inverse = inverse_deviation(variance, epsilon);
  Tensor y = normalize(x.value(), weight.value(), bias.value(), mean, inverse);
  return record("batch_norm_fixed", {x, weight, bias}, y,
                [x = x.value(), weight = weight.value(), mean, inverse](const Tensor& dy, Gradients& into) {
                  const kernels::ChannelSums sums = kernels::channel_sums(dy, x, mean);
                  const long channels = mean.size();
                  Tensor dweight({channels}), gain({channels});
                  for (long c = 0; c < channels; ++c) {
                    dweight[c] = sums.dy_centered[c] * inverse[c];
                    gain[c] = weight[c] * inverse[c];
                  }
                  into.add(0, [&] { return kernels::scale_channels(dy, gain, Tensor({channels})); });
                  into.add(1, dweight);
                  into.add(2, sums.dy);
                });
}

}  // namespace nibble
