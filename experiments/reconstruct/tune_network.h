#pragma once

#include <functional>

#include "core/files/mapped_rows.h"
#include "experiments/config/config.h"
#include "layers/network/network.h"

namespace nibble {

/// Brings the scores of a quantized network near to those of its float twin, on pictures without labels:
///   loss = divergence(scores, float scores)      (autograd/ops/loss.h)
/// or the mean squared error of outputs that are no scores of classes, such as a detector's. Only scales and
/// shifts of activations, norms and biases move. They are few, so that a thousand pictures are enough. Adam,
/// whose rate falls by a cosine. Weights and their grids want no gradients from then on. keep_on as for
/// reconstruct_block; false: it said no.
///   pictures: [N, H, W, C]   scores: [N, K], or the joined outputs (joined_outputs.h)
bool tune_network(Network& network, const MappedRows& pictures, const MappedRows& scores,
                  const ReconstructConfig& config, const Rng& rng,
                  const std::function<bool(long step)>& keep_on);

}  // namespace nibble
