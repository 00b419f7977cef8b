#pragma once

#include <memory>
#include <string>

#include "core/random.h"
#include "datasets/images/image_set.h"
#include "datasets/stream/batch_share.h"
#include "datasets/stream/batch_stream.h"
#include "experiments/config/config.h"

namespace nibble {

/// The training pictures of a set, batch by batch or a share of each batch, augmented as the config says.
/// Throws Error where there are none.
std::unique_ptr<BatchStream> picture_batches(const ImageSet& images, const TrainConfig& train,
                                             std::uint64_t seed, const BatchShare& share = {});

/// The first training pictures, in order, augmented in the same way: [rows, H, W, C].
Tensor augmented_pictures(const ImageSet& images, const TrainConfig& train, long rows, const Rng& rng);

/// Refuses train.input_sizes, for what only reads samples of one size.
void check_one_size(const TrainConfig& train, const std::string& kind);

}  // namespace nibble
