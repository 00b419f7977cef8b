#include "layers/batch_norm.h"

#include <cmath>

#include "autograd/ops/norm.h"
#include "layers/check_inputs.h"

namespace nibble {
namespace {

Tensor filled(long channels, Real value) {
  Tensor tensor = Tensor::uninitialized({channels});
  tensor.fill(value);
  return tensor;
}

// running ← (1 − momentum) · running + momentum · batch
void blend(Var& running, const Tensor& batch, double momentum, double correction) {
  Tensor& values = running.mutable_value();
  for (long c = 0; c < values.size(); ++c) {
    values[c] = static_cast<Real>((1 - momentum) * static_cast<double>(values[c]) +
                                  momentum * correction * static_cast<double>(batch[c]));
  }
}

// Of the whole batch.
double rows_of(const Shape& x, const Pass& pass) {
  const double rows = static_cast<double>(x.count() / x.back() * (pass.parts ? pass.parts->count() : 1));
  check(rows > 1, "batch_norm: found one value per channel in ", x,
        ", expected at least 2 for statistics of their own");
  return rows;
}

}  // namespace

BatchNorm::BatchNorm(const BatchNormOptions& o, std::span<const Shape> inputs, Rng) : options(o) {
  const Shape& x = only_input(inputs, "batch_norm");
  check(x.rank() > 0, "batch_norm: found input ", x, ", expected [..., C]");
  check(o.epsilon > 0, "batch_norm: found epsilon ", o.epsilon, ", expected more than 0");
  check(o.momentum > 0 && o.momentum <= 1, "batch_norm: found momentum ", o.momentum,
        ", expected more than 0 and at most 1");
  const long channels = x.back();
  weight = Var(filled(channels, 1), true);
  bias = Var(filled(channels, 0), true);
  running_mean = Var(filled(channels, 0));
  running_variance = Var(filled(channels, 1));
}

Shape BatchNorm::output_shape(std::span<const Shape> inputs) const {
  const Shape& x = only_input(inputs, "batch_norm");
  check(x.rank() > 0 && x.back() == weight.shape()[0], "batch_norm: found input ", x, ", expected ",
        weight.shape()[0], " channels");
  return x;
}

Signal BatchNorm::forward(std::span<const Signal> inputs, const Pass& pass) {
  const Var& x = inputs[0].value;
  if (!of_batch(pass)) {
    return batch_norm_fixed(x, weight, bias, running_mean.value(), running_variance.value(), options.epsilon);
  }
  rows_of(x.shape(), pass);
  kernels::ChannelMoments moments =
      inputs[0].moments() ? *inputs[0].moments() : kernels::channel_moments(x.value());
  if (pass.parts) moments = kernels::merge(moments, *pass.parts);
  const Var y = batch_norm_with_moments(x, weight, bias, options.epsilon, moments, pass.parts);
  if (pass.training) update_running(moments, x.shape(), pass);
  return y;
}

ChainNorm BatchNorm::chain_norm(const Pass& pass, const Shape& x) const {
  if (!of_batch(pass))
    return {weight,
            bias,
            options.epsilon,
            true,
            kernels::ChannelMoments{running_mean.value(), running_variance.value()},
            nullptr};
  rows_of(x, pass);
  return {weight, bias, options.epsilon, false, {}, pass.parts};
}

void BatchNorm::update_running(const kernels::ChannelMoments& moments, const Shape& x, const Pass& pass) {
  const double rows = rows_of(x, pass);
  blend(running_mean, moments.mean, options.momentum, 1);
  blend(running_variance, moments.variance, options.momentum, rows / (rows - 1));  // unbiased
}

void BatchNorm::parameters(const ParameterFn& visit) {
  // PyTorch's names, so that its files can be read and written.
  visit("weight", ParameterKind::norm, weight);
  visit("bias", ParameterKind::norm, bias);
  visit("running_mean", ParameterKind::statistic, running_mean);
  visit("running_var", ParameterKind::statistic, running_variance);
}

BatchNorm::Affine BatchNorm::affine() const {
  Affine result;
  for (long c = 0; c < weight.value().size(); ++c) {
    const double variance = static_cast<double>(running_variance.value()[c]);
    const double gain = static_cast<double>(weight.value()[c]) / std::sqrt(variance + options.epsilon);
    result.gain.push_back(gain);
    result.offset.push_back(static_cast<double>(bias.value()[c]) -
                            static_cast<double>(running_mean.value()[c]) * gain);
  }
  return result;
}

}  // namespace nibble
