#pragma once

#include <vector>

#include "core/kernels/pointwise/activation.h"

namespace nibble {

class Network;

/// What a layer is to the plan.
enum class Role {
  input,
  convolution,
  linear,
  recurrent,
  norm,
  activation,
  quantizer,
  sum,
  factors,  // an image times one factor for each channel
  mean,     // over height and width
  dropout,
  other,  // moves, pools, looks up: one op on real numbers
};

/// All that the plan knows of a node. It is made of these and of the pass alone, so equal facts mean an equal
/// plan: layers may be changed at any time, and the next walk finds out by comparing.
struct NodeFacts {
  Role role = Role::other;
  std::vector<std::size_t> inputs = {};
  bool output = false;  // of the network
  bool learns = false;  // it has parameters that want a gradient
  // Convolutions, linear and recurrent layers.
  int weight_bits = 0;  // of the codes that the weight's quantizer leaves; 0: it has none
  bool biased = false, grouped = false, depthwise = false;
  bool state_of_codes = false;  // recurrent layers: the weight of the state has codes
  // Quantizers, and recurrent layers whose output has one.
  int bits = 0;             // of the codes; 0: real numbers
  bool plain_grid = false;  // fake_quantize and nothing else
  ActivationKind activation = ActivationKind::relu;
  bool drops = false;  // dropout in training: the rate is not 0

  bool operator==(const NodeFacts&) const = default;
};

std::vector<NodeFacts> facts_of(const Network& network);

}  // namespace nibble
