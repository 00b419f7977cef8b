#pragma once

#include "layers/network/network.h"

namespace nibble {

/// The outputs of a chain's kept nodes, in order; empty if the slow twin, node by node, has to do it: where a
/// value is not a number. Updates running statistics in training.
std::vector<Signal> run_fused_chain(Network& network, const FusedChain& chain, std::span<const Signal> inputs,
                                    const Pass& pass);

}  // namespace nibble
