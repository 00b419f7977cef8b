#pragma once

#include "autograd/var.h"
#include "core/kernels/pointwise/channel_stats.h"

namespace nibble {

/// y = weight · (x − μ) / √(σ² + ε) + bias with the batch's own mean and variance (Ioffe & Szegedy 2015)
///   x, y: [..., C]   weight, bias: [C]      `moments` receives μ and σ² (biased) for the running statistics.
Var batch_norm(const Var& x, const Var& weight, const Var& bias, double epsilon,
               kernels::ChannelMoments& moments);
/// The same with moments of the batch that were computed before. Where x is one of the parts of a batch, the
/// moments are of all of it, and so are the sums behind the gradient of x; those of weight and bias are the
/// part's own.
Var batch_norm_with_moments(const Var& x, const Var& weight, const Var& bias, double epsilon,
                            const kernels::ChannelMoments& moments, BatchParts* parts = nullptr);

/// The same with given statistics, which count as constants. For evaluation.
Var batch_norm_fixed(const Var& x, const Var& weight, const Var& bias, const Tensor& mean,
                     const Tensor& variance, double epsilon);

}  // namespace nibble
