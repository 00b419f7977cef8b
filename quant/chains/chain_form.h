#pragma once

#include <span>
#include <vector>

#include "core/kernels/pointwise/activation.h"

namespace nibble {

/// What stands in front of a chain's first step (pointwise_chain.h): a batch norm, a sum of two, or an image
/// times one factor for each channel.
enum class ChainHead { norm, sum, product };

/// limit: ReLU and ReLU6. curve: an activation whose value and derivative share an exponential. other: any
/// other activation, which no pattern in registers knows.
enum class StepKind { limit, quantize, curve, other };
StepKind step_kind(ActivationKind activation);

/// How a chain is computed. It follows from the head and the steps alone.
struct ChainForm {
  bool lanes = false;           // by a pattern in registers (chain_lanes.h); otherwise block by block
  bool made_when_read = false;  // the result is not kept: its readers compute it, piece by piece
  // The gradient at the head's input is computed from the steps' gradients where it is read. Otherwise the
  // gradient behind the head is written once, and read.
  bool gradient_when_read = false;
  bool operator==(const ChainForm&) const = default;
};
ChainForm chain_form(ChainHead head, std::span<const StepKind> steps);

/// Every pattern that has been written down for registers.
struct ChainPattern {
  ChainHead head;
  std::vector<StepKind> steps;
};
std::vector<ChainPattern> lane_patterns();

}  // namespace nibble
