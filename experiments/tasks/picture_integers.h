#pragma once

#include <functional>

#include "datasets/images/image_set.h"
#include "datasets/stream/batch.h"
#include "edge/emit/emit_c.h"
#include "experiments/tasks/integer_check.h"

namespace nibble {

// What tasks on pictures share, whatever is looked for in them.

inline constexpr long kEvaluationBatch = 256;
inline constexpr long kEvaluationBatchOfPictures = 32;  // photographs are larger

/// Hands the samples of a split to `use`, batch by batch, so many at most.
void for_each_batch(const ImageSet& images, const Split& split, long samples,
                    const std::function<void(const Batch& batch)>& use);

/// A picture [H, W, C] of any size as a network reads it: [1, ...sample].
Tensor read_picture(const ImageSet& images, const Array<std::uint8_t>& pixels);

/// The codes of test pictures begin ≤ i < end.
Array<std::uint8_t> test_codes(const ImageSet& images, const edge::IntegerGraph& graph, long begin, long end);

/// What an export packs: test pictures for its selftest, and what stands behind a code of a pixel.
void pack_pictures(const ImageSet& images, const edge::IntegerGraph& graph, edge::EmitOptions& options);

/// Compares layers on the test pictures. Keeps references to both.
IntegerCheck check_on_pictures(const ImageSet& images, const edge::IntegerGraph& graph);

/// Refuses an empty training split: "folder: found no training picture, expected some to train with".
void check_training(const ImageSet& images, const char* purpose);

}  // namespace nibble
