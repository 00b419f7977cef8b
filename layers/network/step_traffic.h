#pragma once

#include "layers/network/network.h"

namespace nibble {

/// The bytes that a training step reads and writes along the edges of a network, as the plan's `actual` says
/// in which form everything travels. For a batch of that size; for step_cost.h.
class StepTraffic {
 public:
  static constexpr double kReal = sizeof(Real), kCode = 1, kSum = 2, kBfloat16 = 2;

  StepTraffic(const Network& network, const Plan& plan, long batch);

  const NodePlan& node(std::size_t i) const { return plan_.actual[i]; }
  const FusedChain* chain_of(std::size_t i) const;
  /// Of the output of a node, and the node of input k.
  double elements(std::size_t i) const;
  std::size_t input(std::size_t i, std::size_t k = 0) const { return plan_.facts[i].inputs[k]; }

  /// What a node leaves behind in memory.
  double written(std::size_t i) const;
  /// What a node reads of input k in its forward pass; if it is the first to ask for real numbers that are
  /// not there, it makes them.
  double read(std::size_t i, std::size_t k) const;
  /// The same in its backward pass: what had to be made is there.
  double read_again(std::size_t i, std::size_t k) const;

  /// What the readers of a node have left of its gradient, in memory.
  double gradient(std::size_t i) const;
  /// What a node reads of its gradient: what a norm behind it says is made of the gradients behind the norm's
  /// chain, and of the norm's input.
  double gradient_read(std::size_t i) const;
  /// What a node writes of the gradient of input k.
  double gradient_written(std::size_t i, std::size_t k) const;
  /// Whether the only reader of a node shows the gradient to the norm in front.
  bool shown(std::size_t i) const;

 private:
  struct Reader {
    std::size_t node, k;
  };
  const EdgePlan& edge(Reader reader) const { return node(reader.node).inputs[reader.k]; }
  std::size_t made_by(std::size_t i) const;
  double made_of(std::size_t i) const;

  const Network& network_;
  const Plan& plan_;
  double batch_;
  std::vector<std::vector<Reader>> readers_;  // outside of the node's chain
};

}  // namespace nibble
