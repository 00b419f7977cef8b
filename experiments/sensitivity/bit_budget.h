#pragma once

#include <span>
#include <string>
#include <vector>

#include "experiments/sensitivity/sensitivity.h"
#include "quant/policy.h"

namespace nibble {

// Which layers get more bits than others, where all together have a budget. The noise of quantizers is taken
// to add up: that of a network is the sum of what each of them makes alone. Rounding errors of different
// layers are nearly uncorrelated, so that this holds while the noise is small beside the signal.

/// Something that needs bits.
struct BitChoice {
  long values = 0;            // weights or activations, at least one
  std::vector<double> noise;  // with each of the bits to choose from; not negative
};

/// Bits out of `bits` (ascending) for each choice. Their mean, weighted by the values, is at most the budget,
/// which is not below the lowest bits. All begin with the lowest. Then, again and again, that step up is made
/// that takes away the most noise for each bit and value that it costs, of the steps that the budget still
/// allows; of equal ones that of the first choice. A step may leave out bits that are not worth theirs.
std::vector<int> choose_bits(const std::vector<BitChoice>& choices, std::span<const int> bits, double budget);

/// Bits a value: of the parts that were chosen for, and with the first and the last layer.
struct MeanBits {
  double chosen = 0, all = 0;
};

struct BitProposal {
  std::vector<LayerOverride> overrides;  // one a layer, by its full name
  MeanBits weights, activations;
  double noise = 0;  // the sum of what the measurements say of the chosen parts
};

/// A proposal for all layers with weights between the first and the last, which keep the policy's bits.
/// Weights and activations, the values that enter a layer, each have the budget for themselves. Throws Error
/// where there is no layer in between, and for a budget outside of 2 ... 8.
BitProposal propose_bits(const Sensitivity& sensitivity, double budget);

/// What stands behind `override =` in the section [quant] of a config.
std::vector<std::string> override_values(const std::vector<LayerOverride>& overrides);

}  // namespace nibble
