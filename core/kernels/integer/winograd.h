#pragma once

#include "core/kernels/integer/integer_product.h"

namespace nibble::kernels {

// Winograd's minimal convolution F(2x2, 3x3) in integers: 16 products where 36 are counted (Lavin and Gray,
// arXiv 1509.09308, section 4.1). With weights transformed four times as large nothing is ever a fraction,
//
//   4 y = Aᵀ [ (2G g 2Gᵀ) ⊙ (Bᵀ d B) ] A       d: 4 x 4 codes, g: 3 x 3 weights, y: 2 x 2 sums
//
// and operands of 4 bits leave room for both transformed tiles in a byte: codes of 0 ... top become
// −2·top ... 4·top, weights of −8 ... 7 become −72 ... 72. At 8 bits neither would fit.

/// Whether this processor multiplies 64 bytes at a time and the operands fit: 3x3, neither strides nor
/// dilation nor groups, channels in fours and outputs in sixteens, transformed weights and codes in a byte.
bool winograd_fits(const IntegerWeights& weights, const Conv2dGeometry& geometry, int top);

/// Requires winograd_fits.
std::unique_ptr<IntegerProduct> winograd_product(const IntegerWeights& weights, int top);

}  // namespace nibble::kernels
