#pragma once

#include "quant/chains/chain.h"

namespace nibble::chains {

// Chains step by step, in blocks that lie in the first-level cache.

/// For every chain.
const ChainKernels& block_kernels();

/// The gradient at the norm's input from that at its output.
void combine(const Chain& chain, const NormLines& lines, const Real* d, Range range, Real* into);

}  // namespace nibble::chains
