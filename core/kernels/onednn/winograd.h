#pragma once

#include <optional>

#include "core/kernels/onednn/plan.h"

// Winograd's F(4x4, 3x3) in float: a quarter of the multiplications. oneDNN has it for images in blocks of 16
// channels (nChw16c) and processors with AVX-512.
//
// oneDNN's primitives for training transform the weight again for each piece of the batch. Its primitive for
// inference takes the transformed weight. So the latter computes both y and dx (dx is a convolution of dy
// with the reversed weight), and the weight is transformed once per call. dnnl::reorder can transform it,
// too, but takes 11 ms for 256 to 256 channels, longer than the product takes for all pieces of ResNet-18's
// batch.
//
// Winograd is less accurate, because large numbers cancel in its sums. For uniform numbers in the 3x3 layers
// of ResNet-18 and ResNet-20, the largest error is 1 to 3e-6 of the largest value in y and dx, and less than
// 1e-6 in dw. Direct products have 0.2 to 1e-6 and 0.2 to 0.5e-6 (compared with sums in double).

namespace nibble::kernels::onednn {

/// A plan for the problem, if oneDNN has Winograd for it and that is faster.
std::optional<Plan> winograd_plan(Direction direction, const Problem& problem);

/// Whether a plan wants its weight as transform_weight makes it.
bool wants_transformed(const memory::desc& weight);

/// Transforms the weight of a layer (OHWI) for the plan of a direction.
void transform_weight(Direction direction, const float* w, const Shape& shape, const memory::desc& to,
                      float* into);

}  // namespace nibble::kernels::onednn
