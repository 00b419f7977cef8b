#pragma once

#include <vector>

#include "autograd/optimizer.h"
#include "layers/network/network.h"

namespace nibble {

/// The weights of a block (layers/network/blocks.h) while the rounding of each is learned
/// (quant/ops/soft_round.h). The network they are of is a copy of the block whose layers share their values
/// with the network that it was taken from.
class SoftWeights {
 public:
  /// Takes the quantizers off the weights of `block`. Throws Error where they are not initialized, where a
  /// method's weights are no plain grid (pact, dorefa), and where a weight is shared with another layer.
  explicit SoftWeights(Network& block);

  /// Gives every layer its soft weights for the next pass: on the tape, so that a backward pass reaches
  /// logits and scales.
  void round();
  /// Σ over all weights of rounding_penalty: [1], or empty where the block has no weights.
  Var penalty(Real exponent) const;
  /// The fewest codes that any of the weights has: 16 of 4 bits. 0 where the block has no weights.
  long fewest_codes() const;
  const std::vector<NamedParameter>& logits() const { return logits_; }
  /// The scales of the weights' grids.
  const std::vector<NamedParameter>& scales() const { return scales_; }
  /// Puts the decided weights into the values that the other network shares.
  void decide();

 private:
  struct Weight {
    Var* place;  // in the layer
    Var shared;  // with the other network
    Quantizer quantizer;
    Tensor lower;
    Var logits;
  };
  std::vector<Weight> weights_;
  std::vector<NamedParameter> logits_, scales_;
};

}  // namespace nibble
