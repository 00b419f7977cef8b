#pragma once

#include "core/kernels/conv/code_sums.h"
#include "core/kernels/conv/conv2d_codes.h"

namespace nibble::kernels {

// The forward product of conv2d_codes.h where every sum provably fits 16 bits: what the layer leaves is then
// half as long as floats, and exact.

/// Whether no sum of a convolution with these weights can leave int16, whatever the codes.
bool sums_fit(const CodedImage& x, const CodedWeight& w);

/// Requires sums_fit and has_byte_products. A sum counts the border as its code, so that one line for each
/// channel makes values of sums:
///   y[o] = s·s[o] · sum + β · s[o] · Σ w
/// `powers`, which may be null, is told of all sums while they are in the cache.
CodeSums conv2d_sums(const CodedImage& x, const CodedWeight& w, const Conv2dGeometry& geometry,
                     SumPowers* powers);

}  // namespace nibble::kernels
