#pragma once

#include <optional>
#include <vector>

#include "core/kernels/conv/code_sums.h"
#include "core/kernels/pointwise/activation.h"
#include "core/kernels/pointwise/channel_stats.h"
#include "quant/grids/quantized.h"

namespace nibble {

// A chain of pointwise steps in one pass over memory: what follows a convolution or a residual addition in
// training,
//
//   batch norm | a + b | a · factors  →  activation or quantizer  →  activation or quantizer  → …
//
// Blocks of a few hundred numbers go through all steps while they lie in the first-level cache; the backward
// pass computes the steps again from the chain's input, so nothing between the steps is kept. The same ops
// one by one (batch_norm, add, multiply, activation, fake_quantize) are the slow twin.

/// x̂ = (x − μ) / √(σ² + ε) · weight + bias in front of the first step.
struct ChainNorm {
  Var weight, bias;  // [C]
  double epsilon = 1e-5;
  // Whether the statistics are constants (evaluation) or the batch's own (training). Those that are not here
  // already are computed and left here.
  bool constant = false;
  std::optional<kernels::ChannelMoments> moments = {};
  // Where the chain computes one of the parts of a batch: the moments that are here are the part's, and those
  // that are left here are the batch's.
  BatchParts* parts = nullptr;
};

struct ChainStep {
  std::optional<LiveGrid> grid;  // a learned quantizer's grid; otherwise an activation
  ActivationKind activation = ActivationKind::relu;
  Real slope = 0;
  bool kept = false;  // somebody outside of the chain reads this step's result
};

/// An operand of what stands in front of the first step: read as codes by a sum or product, and as sums of
/// codes by a norm, where it has them.
struct ChainInput {
  Var value;
  std::optional<AffineGrid> grid = {};
  Array<std::uint8_t> codes = {};
  std::optional<kernels::CodeSums> sums = {};
};

/// The results of the kept steps, in order; a quantizer's have codes, an activation's only values. inputs:
/// one, or two without a norm: of equal shape to be added, or [N, H, W, C] and factors [N, C] to be
/// multiplied. Nothing, if a value is not a number: let the slow twin find where.
std::optional<std::vector<Quantized>> pointwise_chain(const std::vector<ChainInput>& inputs,
                                                      std::optional<ChainNorm>& norm,
                                                      const std::vector<ChainStep>& steps);

}  // namespace nibble
