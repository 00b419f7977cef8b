#pragma once

#include <optional>

#include "core/kernels/onednn/plan.h"

// Winograd's F(4x4, 3x3) in float: a quarter of the multiplications. oneDNN has it for images in blocks of 16
// channels (nChw16c) and processors with AVX-512.
//
// Its primitives for training transform the weight anew for each piece of the batch; the one for inference
// takes it transformed. So both y and dx, which is a convolution of dy with the weight turned around, come
// from the latter, and the weight is transformed once a call. dnnl::reorder can do that too, but needs 11 ms
// for 256 to 256 channels, which is longer than the product takes for all pieces of ResNet-18's batch.
//
// What it costs are digits: sums of large numbers that cancel. Of uniform numbers in the 3x3 layers of
// ResNet-18 and ResNet-20, the largest error is 1 to 3e-6 of the largest value in y and dx, and less than
// 1e-6 in dw, where direct products have 0.2 to 1e-6 and 0.2 to 0.5e-6 (truth: sums in double).

namespace nibble::kernels::onednn {

/// A plan for the problem where Winograd is faster and the library has it.
std::optional<Plan> winograd_plan(Direction direction, const Problem& problem);

/// Whether a plan wants its weight as transform_weight makes it.
bool wants_transformed(const memory::desc& weight);

/// The weight of a layer (OHWI), as the plan of a direction wants it.
void transform_weight(Direction direction, const float* w, const Shape& shape, const memory::desc& to,
                      float* into);

}  // namespace nibble::kernels::onednn
