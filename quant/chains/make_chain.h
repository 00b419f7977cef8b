#pragma once

#include "quant/chains/chain.h"
#include "quant/chains/pointwise_chain.h"

namespace nibble::chains {

/// The chain of pointwise_chain, in numbers. Leaves the moments in the norm if they are not there yet.
Chain make_chain(const std::vector<ChainInput>& inputs, std::optional<ChainNorm>& norm,
                 const std::vector<ChainStep>& steps);

}  // namespace nibble::chains
