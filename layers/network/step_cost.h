#pragma once

#include <span>

#include "layers/network/network.h"

namespace nibble {

/// What multiplies in the products of a convolution or a linear layer.
enum class Products { none, float32, bfloat16, int8 };
const char* name(Products products);

/// What one direction of a training step has to do, from shapes and from the plan.
struct PassCost {
  // Read and written, as wide as it lies in memory: a byte a code, four a real number. Each operand and
  // result counts once a sweep; a second sweep over it counts where nothing cached can be expected to help (a
  // norm needs its statistics first). What the caches spare or the library moves besides is not in it.
  double bytes = 0;
  // A product and its addition are 2. Pointwise steps count what their formulas say, forward / backward: a
  // norm 5 / 9, an activation 1 / 2, a quantizer 5 / 8, a sum 1 / 0; a chain's backward pass computes the
  // steps again.
  double operations = 0;
  Products products = Products::none;
};

struct StepCost {
  PassCost forward, backward;
};

/// Of nodes that the walk computes as one, or of one node, for a batch of that size in training, as the plan
/// says that it was done (or, before the first step, is expected to be). What is left to be computed piece by
/// piece where it is read, a limit behind a norm and a norm's gradient, its readers' costs hold: the bytes,
/// not the few operations.
StepCost step_cost(const Network& network, const Plan& plan, std::span<const std::size_t> nodes, long batch);

}  // namespace nibble
