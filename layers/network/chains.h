#pragma once

#include <span>
#include <vector>

#include "layers/network/plan_facts.h"
#include "quant/chains/chain_kernel.h"

namespace nibble {

/// Nodes of a network that quant/chains/pointwise_chain.h computes as one: a batch norm, an addition or a
/// multiplication by factors for each channel, and the activations and quantizers behind it, each reading the
/// one before.
struct FusedChain {
  std::vector<std::size_t> nodes;  // ascending
  std::vector<bool> kept;          // whether somebody outside reads a node's output; false for the first
  ChainPattern pattern = {};
  ChainKernelChoice choice = {};  // which kernels compute the pattern
};

/// The chains of a network. What is behind an output that several nodes read goes on with its quantizer, if
/// it has one. Chains have at least two nodes and share none. A quantizer that is no plain grid (PACT) leaves
/// the whole chain to its slow twin, node by node.
std::vector<FusedChain> find_chains(std::span<const NodeFacts> nodes);

}  // namespace nibble
