#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/kernels/pointwise/activation.h"

namespace nibble {

// Which kernels compute a pointwise chain. It follows from what the chain consists of, so it is known before
// anything runs.

/// What stands in front of a chain's first step: a norm, the sum of two tensors, a product by factors of the
/// channels.
enum class ChainHead { norm, sum, product };

/// A chain without its numbers: an activation for each step, or nothing for a quantizer.
struct ChainPattern {
  ChainHead head = ChainHead::norm;
  std::vector<std::optional<ActivationKind>> steps;
};

/// "norm, relu, quantizer"
std::string describe(const ChainPattern& pattern);

/// Lanes keep sixteen numbers in registers from a chain's first step to its last. They exist for patterns
/// that the compiler has seen (chain_lanes.cpp). Blocks take any chain step by step through the first-level
/// cache, and are slower.
enum class ChainKernel { lanes, blocks };
const char* name(ChainKernel kernel);

struct ChainKernelChoice {
  ChainKernel kernel = ChainKernel::blocks;
  bool made_when_read = false;  // the result is not kept: its readers compute it, piece by piece
  // The gradient at the head's input is computed from the steps' gradients where it is read. Otherwise the
  // gradient behind the head is written once, and read.
  bool gradient_when_read = false;
  std::string reason = {};
};
ChainKernelChoice chain_kernel(const ChainPattern& pattern);

}  // namespace nibble
