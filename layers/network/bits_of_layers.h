#pragma once

#include <vector>

#include "layers/network/network.h"
#include "quant/policy.h"

namespace nibble {

/// Bits of one layer with weights, and of the codes that enter it.
struct LayerBits {
  int weight = 0;
  int activation = 0;
};

/// Throws Error for bits outside of 2 ... 8.
void check_policy(const QuantPolicy& policy);

/// One entry a node; zero for nodes without weights. The first layer and those that the network's outputs
/// come from have first_and_last_bits; overrides have the last word. Throws Error for an override that
/// matches no layer, and for a network without weights.
std::vector<LayerBits> bits_of_layers(const Network& network, const QuantPolicy& policy);

}  // namespace nibble
