#pragma once

#include "core/kernels/integer/integer_product.h"

namespace nibble::kernels {

// Winograd's minimal convolution F(2x2, 3x3) in integers: 16 products instead of 36 (Lavin and Gray, arXiv
// 1509.09308, section 4.1). The transformed weights are four times as large as usual, so that all numbers are
// integers:
//
//   4 y = Aᵀ [ (2G g 2Gᵀ) ⊙ (Bᵀ d B) ] A       d: 4 x 4 codes, g: 3 x 3 weights, y: 2 x 2 sums
//
// With operands of 4 bits both transformed tiles fit a byte: codes 0 ... top become −2·top ... 4·top, weights
// −8 ... 7 become −72 ... 72. With 8 bits neither would fit.

/// Whether this processor multiplies 64 bytes at a time and the layer fits: 3x3 without strides, dilation or
/// groups, a multiple of 4 channels and of 16 outputs, transformed weights and codes within a byte.
bool winograd_fits(const IntegerWeights& weights, const Conv2dGeometry& geometry, int top);

/// Requires winograd_fits.
std::unique_ptr<IntegerProduct> winograd_product(const IntegerWeights& weights, int top);

}  // namespace nibble::kernels
