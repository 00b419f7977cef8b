#pragma once

#include "core/kernels/integer/integer_product.h"

namespace nibble::kernels {

// Depthwise products of codes. Four taps of a channel form one lane of a VNNI instruction, so the bytes of
// four pixels are interleaved: 8 shuffles and 4 instructions compute 256 products.

/// Whether this processor multiplies 64 bytes at a time and every channel has its own filter.
bool depthwise_fits(const IntegerWeights& weights, const Conv2dGeometry& geometry);

/// Requires depthwise_fits.
std::unique_ptr<IntegerProduct> depthwise_product(const IntegerWeights& weights,
                                                  const Conv2dGeometry& geometry);

}  // namespace nibble::kernels
