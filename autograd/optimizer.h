#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "autograd/var.h"
#include "core/parallel.h"

namespace nibble {

enum class OptimizerKind { sgd, adamw };

/// What may differ between kinds of parameters.
struct OptimizerGroup {
  OptimizerKind kind = OptimizerKind::sgd;
  double learning_rate = 1;  // relative to that of the step
  double weight_decay = 0;
};

struct OptimizerOptions {
  OptimizerGroup weight{.weight_decay = 1e-4};
  OptimizerGroup norm{};       // batch norms and biases
  OptimizerGroup quantizer{};  // scales and shifts
  double momentum = 0.9;       // of sgd
  bool nesterov = true;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  // of adamw
  double clip_norm = 0;  // gradients longer than this, all parameters together, are scaled down to it; 0: off
};

struct NamedParameter {
  std::string name;
  ParameterKind kind = ParameterKind::weight;
  Var value;
};

/// Called with the name of a tensor of an optimizer or average and the tensor, which may be replaced by
/// another of its shape: that is how a checkpoint restores it.
using StateFn = std::function<void(const std::string& name, Tensor& value)>;

/// Changes parameters, in place, against their gradients. With g the clipped gradient and η the learning
/// rate of the step times that of the group:
///
///   sgd     u = g + decay · w      v ← momentum · v + u      w ← w − η · v
///           nesterov:                                        w ← w − η · (u + momentum · v)
///
///   adamw   m ← β₁ m + (1 − β₁) g      v ← β₂ v + (1 − β₂) g²      (Loshchilov & Hutter 2019)
///           w ← w − η · (decay · w + m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε))
///
/// A parameter that has no gradient, because no backward pass has reached it, stays as it is.
class Optimizer {
 public:
  /// Throws Error for a statistic and for a parameter that wants no gradient.
  Optimizer(const OptimizerOptions& options, std::vector<NamedParameter> parameters);

  /// One step along the gradients that have added up. Returns their norm before clipping.
  double step(double learning_rate);
  void clear_gradients();

  /// From the next step on one parameter has this learning rate, whatever that of the step is. Throws Error
  /// for a parameter that the optimizer does not have.
  void set_learning_rate(const std::string& parameter, double learning_rate);

  /// √ Σ g² over all parameters. The same on any number of threads.
  double gradient_norm() const;

  /// Steps taken so far; t of adamw.
  long steps() const { return steps_; }
  void set_steps(long steps) { steps_ = steps; }

  /// Visits what the steps remember: "momentum/PARAMETER" of sgd that has one, "mean/PARAMETER" and
  /// "square/PARAMETER" of adamw.
  void state(const StateFn& visit);

 private:
  struct Slot {
    NamedParameter parameter;
    OptimizerGroup group;
    Tensor first, second;                   // momentum, or none; or mean and square
    std::optional<double> learning_rate{};  // its own; else that of the step times that of the group
  };
  // All parameters in pieces, so that a step is one parallel region and each value is touched once.
  struct Piece {
    std::size_t slot;
    Range range;
  };
  void update(Slot& slot, Range range, double learning_rate, double gradient_factor) const;

  OptimizerOptions options_;
  std::vector<Slot> slots_;
  std::vector<Piece> pieces_;
  long steps_ = 0;
};

/// Exponential moving average of parameters: a ← decay · a + (1 − decay) · w, from their values at the start.
class WeightAverage {
 public:
  /// 0 ≤ decay < 1. Statistics may be among the parameters.
  WeightAverage(double decay, std::vector<NamedParameter> parameters);

  /// Call it after each step, while the live values are in place.
  void update();

  /// Exchanges averages and live values: once before an evaluation, once after.
  void swap();
  bool swapped() const { return swapped_; }

  /// Visits the averages (while swapped: the live values) under their parameters' names.
  void state(const StateFn& visit);

 private:
  double decay_;
  std::vector<NamedParameter> parameters_;
  std::vector<Tensor> averages_;
  bool swapped_ = false;
};

}  // namespace nibble
