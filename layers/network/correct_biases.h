#pragma once

#include "layers/network/network.h"

namespace nibble {

/// Takes the mean error that quantized weights leave in each channel of a layer's output out of it again
/// (bias correction; Nagel et al. 2019, arXiv 1906.04721, section 4.2, with measured means). With ŵ = w + e
/// the output of a convolution or linear layer is off by e · x. The mean of that over the sample's rows and
/// positions goes into the running mean of the batch norm that alone reads the layer, or else is taken off
/// the layer's bias; a layer with neither keeps it. Activations are not quantized meanwhile: their own errors
/// are those of one sample, and making up for them does harm. sample: [N, ...]; quantizers are initialized,
/// and weights are not on their grids yet, so that it can be done once only. Throws Error for a weight that
/// two layers share.
void correct_biases(Network& network, const Tensor& sample, long sequences = 0);

}  // namespace nibble
