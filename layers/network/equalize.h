#pragma once

#include "layers/network/network.h"

namespace nibble {

/// Makes the ranges of neighbouring convolutions equal, without changing what the network computes
/// (cross-layer equalization; Nagel et al. 2019, arXiv 1906.04721, section 4.1). Of two convolutions with a
/// batch norm, where there is one, and a ReLU or leaky ReLU between them, and no other reader on the way, a
/// channel in the middle is divided by s_c and multiplied by it again:
///
///   s_c = √(r1_c / r2_c)     r1_c: largest |w| of the first one's output channel, times the norm's gain
///                            r2_c: largest |w| of the second one's input channel
///
/// so that both have the range √(r1_c · r2_c). Where a layer is in two pairs it is repeated until ranges
/// stay. Channels whose weights are all zero stay as they are; other activations are not homogeneous, and
/// their neighbours stay, too. For a float network, before quantize(). Returns how many pairs there are.
int equalize(Network& network);

}  // namespace nibble
