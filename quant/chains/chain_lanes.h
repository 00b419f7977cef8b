#pragma once

#include <optional>

#include "quant/chains/chain.h"

namespace nibble::chains {

// The chains that networks are full of, in registers: sixteen channels go through all steps before the next
// sixteen are read, and what belongs to a channel stays in registers over some rows. block_kernels are the
// general way, and the slow twin.

/// What a step is to lanes. limit: ReLU and ReLU6; curve: an activation whose value and derivative share an
/// exponential.
enum class StepKind { limit, quantize, curve };
/// Nothing, if no lanes know the step.
std::optional<StepKind> lane_step(const std::optional<ActivationKind>& step);

/// Null where nobody has written the pattern down.
const ChainKernels* lane_kernels(const ChainPattern& pattern);

/// Every pattern that lanes know, with ReLU for a limit and Swish for a curve.
std::vector<ChainPattern> lane_patterns();

}  // namespace nibble::chains
