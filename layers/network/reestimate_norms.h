#pragma once

#include <functional>

#include "layers/network/network.h"

namespace nibble {

/// Whether there are norms whose statistics training changes: batch norms that are not frozen.
bool has_norms_to_estimate(const Network& network);

/// Takes the running statistics of batch norms anew from `batches` batches, [N, ...sample] each, of which
/// `next` gives one after the other, with the weights and quantizers of now (Nagel et al. 2022, arXiv
/// 2203.11086, section 5.1). Each becomes the plain mean over the batches of the batch's own statistic; the
/// variance is the unbiased one. As in training, a norm normalizes by its batch, and dropout drops, drawn
/// from rng. Frozen norms stay as they are. At least one batch.
void reestimate_norms(Network& network, long batches, const std::function<Tensor()>& next, const Rng& rng);

}  // namespace nibble
