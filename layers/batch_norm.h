#pragma once

#include <span>

#include "core/random.h"
#include "layers/signal.h"
#include "quant/chains/pointwise_chain.h"

namespace nibble {

struct BatchNormOptions {
  double epsilon = 1e-5;
  double momentum = 0.1;  // weight of the new batch in the running statistics
};

/// y = weight · (x − mean) / √(variance + ε) + bias, per channel (last axis). Batch statistics in training
/// and while quantizers are initialized, running ones in evaluation; the running variance takes the unbiased
/// estimate, as PyTorch's does.
struct BatchNorm {
  using Options = BatchNormOptions;
  BatchNormOptions options;
  Var weight, bias;                    // [C]
  Var running_mean, running_variance;  // [C], statistics
  bool frozen = false;                 // it uses them in training, too, and leaves them as they are

  BatchNorm(const BatchNormOptions& options, std::span<const Shape> inputs, Rng rng);
  Shape output_shape(std::span<const Shape> inputs) const;
  Signal forward(std::span<const Signal> inputs, const Pass&);
  void parameters(const ParameterFn& visit);
  static const char* kind() { return "batch_norm"; }

  /// Whether a pass takes the statistics from its batch.
  bool of_batch(const Pass& pass) const {
    return !frozen && (pass.training || (pass.initialize && !pass.settled));
  }
  /// The layer as the head of a chain over an input of shape x, and what its forward pass does to the running
  /// statistics.
  ChainNorm chain_norm(const Pass& pass, const Shape& x) const;
  /// x: the shape of the whole batch that the moments are of, or of one of its parts.
  void update_running(const kernels::ChannelMoments& moments, const Shape& x, const Pass& pass);

  /// The layer in evaluation as y = gain · x + offset, in double.
  struct Affine {
    std::vector<double> gain, offset;
  };
  Affine affine() const;
};

}  // namespace nibble
