#pragma once

#include <cstdint>

#include "core/array.h"
#include "core/kernels/conv2d.h"

namespace nibble::kernels {

// Convolution of operands that lie on grids of at most 8 bits, computed on their codes:
//
//   x̂ = s·q + β    ŵ[o] = s[o]·w    y[o] = s·s[o] · Σ q w  +  β · s[o] · Σ w        (border: see below)
//
// The sum of products is one of integers, exact in int32, so that y is what float arithmetic would give up to
// the rounding of the last two operations. A border that reads as code b adds s·b·s[o] times the taps
// outside.

/// An image on a grid, a byte a code: value = scale · code + shift.
struct CodeImage {
  Array<std::uint8_t> codes;  // [N, H, W, C]
  Real scale = 1;
  Real shift = 0;  // the value of byte 0
  int border = 0;  // the code that the border reads as
  Real border_value() const { return scale * static_cast<Real>(border) + shift; }
};

/// A weight on one grid per output channel: value = scale[o] · code.
struct CodeWeight {
  Array<std::int8_t> codes;  // [O, KH, KW, C/groups]
  Tensor scale;              // [O], all positive
  Tensor values() const;
};

/// How the incoming gradient enters the products of the backward pass. Codes are exact in both; sums are
/// float.
enum class GradientPrecision { float32, bfloat16 };

/// Whether this processor multiplies bytes (VNNI) and bfloat16 numbers.
bool has_byte_products();
bool has_bfloat16_products();

Conv2dResult conv2d_codes_forward(const CodeImage& x, const CodeWeight& w, const Conv2dGeometry& geometry,
                                  bool want_moments);

/// dx is of the real values, dw comes in any case. bfloat16 needs has_bfloat16_products(); it is also what
/// dx, the gradient that enters the products of the layer in front, is then kept as.
Conv2dGradients conv2d_codes_gradients(const PiecewiseGradient& dy, const CodeImage& x, const CodeWeight& w,
                                       const Conv2dGeometry& geometry, GradientPrecision precision,
                                       const WantedGradients& wanted);

/// Decodes and multiplies real numbers: the oracle of the tests, and the engine without oneDNN or in double.
namespace plain {
Tensor conv2d_codes_forward(const CodeImage& x, const CodeWeight& w, const Conv2dGeometry& geometry);
Conv2dGradients conv2d_codes_gradients(const Tensor& dy, const CodeImage& x, const CodeWeight& w,
                                       const Conv2dGeometry& geometry, const WantedGradients& wanted);
}  // namespace plain

}  // namespace nibble::kernels
