#pragma once

#include <functional>
#include <string>
#include <vector>

#include "autograd/var.h"

namespace nibble {

struct NamedParameter {
  std::string name;
  ParameterKind kind;
  Var value;
};

enum class OptimizerKind { sgd, adamw };

/// What differs between kinds of parameters.
struct ParameterSettings {
  OptimizerKind optimizer = OptimizerKind::sgd;
  double learning_rate = 1;  // factor on the schedule's
  double weight_decay = 0;
};

struct OptimizerOptions {
  ParameterSettings weight, norm, quantizer;  // norm: biases too
  double momentum = 0.9;
  bool nesterov = true;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double clip_norm = 0;  // 0: off
};

/// SGD as PyTorch writes it, v ← μ v + (g + λ w), w ← w − η (g + λ w + μ v) with Nesterov, w − η v without;
/// AdamW (Loshchilov & Hutter 2019) with bias correction and decay outside of the moments. One pass over
/// memory a tensor.
class Optimizer {
 public:
  using StateFn = std::function<void(const std::string& name, Tensor& value)>;

  Optimizer(const OptimizerOptions& options, std::vector<NamedParameter> parameters);

  /// Clips, updates every parameter that has a gradient, and returns the gradient's norm before clipping.
  double step(double learning_rate);
  void clear_gradients();
  /// √Σ g² over all parameters, in double, in a fixed order.
  double gradient_norm() const;

  /// Moments by name, for checkpoints, and the number of steps taken (AdamW's bias correction depends on it).
  void state(const StateFn& visit);
  long steps() const { return steps_; }
  void set_steps(long steps) { steps_ = steps; }

 private:
  struct Slot {
    NamedParameter parameter;
    ParameterSettings settings;
    Tensor first, second;  // momentum or moments; second for AdamW only
  };
  OptimizerOptions options_;
  std::vector<Slot> slots_;
  long steps_ = 0;
};

/// Exponential moving average of parameters (and statistics): a ← d a + (1 − d) w with d = min(decay, (1 + n)
/// / (10 + n)) after n updates, so that the average forgets its start quickly.
class WeightAverage {
 public:
  WeightAverage(double decay, std::vector<NamedParameter> parameters);
  void update();
  /// Exchanges the averages with the live values: once for evaluation, once more to go on training.
  void swap();
  void state(const Optimizer::StateFn& visit);
  long updates() const { return updates_; }
  void set_updates(long updates) { updates_ = updates; }

 private:
  double decay_;
  long updates_ = 0;
  std::vector<NamedParameter> parameters_;
  std::vector<Tensor> averages_;
};

}  // namespace nibble
