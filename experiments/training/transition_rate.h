#pragma once

#include "core/array.h"

namespace nibble {

/// The learning rate of one weight, moved so that a wanted share of its codes changes in a step (Lee et al.
/// 2024, arXiv 2404.19248). The rate alone does not say how many codes change: that depends on how many
/// weights lie near the border between two codes.
class TransitionRate {
 public:
  /// Behind an optimizer step that has changed `share` of the codes, with K the moving average of the shares,
  /// and U the learning rate:  K ← 0.99 · K + 0.01 · share     U ← max(0, U + gain · (target − K))
  /// Both begin at 0.
  void follow(double share, double target, double gain);

  double learning_rate() const { return static_cast<double>(state_[0]); }
  /// U and K, for a checkpoint.
  Tensor& state() { return state_; }

 private:
  Tensor state_ = Tensor(Shape{2});
};

}  // namespace nibble
