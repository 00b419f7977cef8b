#pragma once

#include "layers/network/network.h"

namespace nibble {

/// Moves the weights of a network whose quantizers are initialized onto their grids, so that products keep
/// near to what they were (quant/compensated_rounding.h), with the moments of what the sample makes each
/// layer read. For linear, recurrent and dense convolutional layers; rows of an embedding and of a grouped
/// convolution are left to the nearest code, which is the best one for rows that are read alone and nearly so
/// for nine taps. sample, sequences: as for initialize_quantizers. Throws Error where a weight is shared by
/// two layers or its method has no plain grid.
void round_weights(Network& network, const Tensor& sample, long sequences = 0);

}  // namespace nibble
