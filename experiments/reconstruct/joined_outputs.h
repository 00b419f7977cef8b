#pragma once

#include "layers/network/network.h"

namespace nibble {

/// What a network says, as one signal: its output, or of several outputs the values of all, one after the
/// other in their order: [N, positions, C] where all have C channels, else [N, values].
Var joined_outputs(Network& network, const Tensor& x, const Pass& pass);
/// The shape of that, without the batch.
Shape joined_shape(const Network& network);

}  // namespace nibble
