#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/array.h"
#include "core/kernels/conv/conv2d.h"

namespace nibble::kernels {

// Convolution of operands that lie on grids of at most 8 bits, computed on their codes:
//
//   x̂ = s·q + β    ŵ[o] = s[o]·w    y[o] = s·s[o] · Σ q w  +  β · s[o] · Σ w        (border: see below)
//
// The sum of products is one of integers, exact in int32, so that y is what float arithmetic would give up to
// the rounding of the last two operations. A border that reads as code b adds s·b·s[o] times the taps
// outside.

/// An image on a grid, a byte a code: value = scale · code + shift.
struct CodedImage {
  Array<std::uint8_t> codes;  // [N, H, W, C]
  Real scale = 1;
  Real shift = 0;  // the value of byte 0
  int border = 0;  // the code that the border reads as
  int top = 255;   // the highest code
  Real border_value() const { return scale * static_cast<Real>(border) + shift; }
};

/// Derivatives of an image's values by some numbers that all of them depend on, such as the scale of its
/// grid: `fill` writes those of some pixels, counted through [N, H, W], as [count, pixels, C]; on any thread.
struct ImageSlopes {
  long count = 0;
  std::function<void(Range pixels, Real* into)> fill;
};

/// A weight on one grid per output channel: value = scale[o] · code.
struct CodedWeight {
  Array<std::int8_t> codes;  // [O, KH, KW, C/groups]
  Tensor scale;              // [O], all positive
  Tensor values() const;
};

/// The sum of each output's values, scale[o] · Σ w: [O]
Tensor weight_sums(const CodedWeight& w);

/// Whether this processor multiplies bytes (VNNI) and bfloat16 numbers.
bool has_byte_products();
bool has_bfloat16_products();

Conv2dResult conv2d_codes_forward(const CodedImage& x, const CodedWeight& w, const Conv2dGeometry& geometry,
                                  const WantedResults& wanted = {});

/// dx is of the real values; dw comes in any case, and no hook is called. bfloat16 needs
/// has_bfloat16_products(); it is also what dx, the gradient that enters the products of the layer in front,
/// is then kept as.
Conv2dGradients conv2d_codes_gradients(const PiecewiseTensor& dy, const CodedImage& x, const CodedWeight& w,
                                       const Conv2dGeometry& geometry, Precision precision,
                                       const WantedGradients& wanted);

/// Of an image that is data, whose gradient nobody needs: instead of dx the sums Σ dx · z for each of the
/// slopes z = ∂x̂. As Σ dx · z = Σ w · (Σ dy z), they cost what some more channels cost the weight's gradient,
/// while dx of an image is the slowest product of a network.
struct DataGradients {
  Tensor dw, border_taps;
  std::vector<Real> numbers;  // one for each slope
};
DataGradients conv2d_data_gradients(const PiecewiseTensor& dy, const CodedImage& x, const ImageSlopes& slopes,
                                    const CodedWeight& w, const Conv2dGeometry& geometry, Precision precision,
                                    const WantedGradients& wanted);

/// Decodes and multiplies real numbers: the oracle of the tests, and the engine without oneDNN or in double.
namespace plain {
Tensor conv2d_codes_forward(const CodedImage& x, const CodedWeight& w, const Conv2dGeometry& geometry);
Conv2dGradients conv2d_codes_gradients(const Tensor& dy, const CodedImage& x, const CodedWeight& w,
                                       const Conv2dGeometry& geometry, const WantedGradients& wanted);
DataGradients conv2d_data_gradients(const Tensor& dy, const CodedImage& x, const ImageSlopes& slopes,
                                    const CodedWeight& w, const Conv2dGeometry& geometry);
}  // namespace plain

}  // namespace nibble::kernels
