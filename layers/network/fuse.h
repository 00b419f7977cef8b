#pragma once

#include <vector>

#include "layers/network/network.h"
#include "quant/chains/chain_kernel.h"

namespace nibble {

/// Nodes of a network that quant/chains/pointwise_chain.h computes as one: a batch norm, an addition or a
/// multiplication by factors for each channel, and the activations and quantizers behind it, each reading the
/// one before.
struct FusedChain {
  std::vector<std::size_t> nodes;  // ascending
  std::vector<bool> kept;          // whether somebody outside reads a node's output; false for the first
};

/// The chains of a network. What is behind an output that several nodes read goes on with its quantizer, if
/// it has one. Chains have at least two nodes and share none.
std::vector<FusedChain> find_chains(const Network& network);

/// What of a chain decides which kernels compute it.
ChainPattern pattern_of(const Network& network, const FusedChain& chain);

/// The outputs of a chain's kept nodes, in order; empty if the slow twin, node by node, has to do it: where a
/// quantizer is no plain grid, and where a value is not a number. Updates running statistics in training.
std::vector<Signal> run_fused_chain(Network& network, const FusedChain& chain, std::span<const Signal> inputs,
                                    const Pass& pass);

}  // namespace nibble
