#pragma once

#include "quant/chains/chain.h"

namespace nibble::chains {

// The chains that networks are full of, in registers: sixteen channels go through all steps before the next
// sixteen are read, and what belongs to a channel stays in registers over some rows. block_kernels are the
// general way, and the slow twin.

/// Null where nobody has written the chain's pattern down.
const ChainKernels* lane_kernels(const Chain& chain);

}  // namespace nibble::chains
