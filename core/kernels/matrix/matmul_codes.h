#pragma once

#include "core/kernels/conv/conv2d_codes.h"
#include "core/kernels/matrix/matmul.h"

namespace nibble::kernels {

// The products of a linear layer whose operands lie on grids of at most 8 bits, computed on their codes. For
// images see core/kernels/conv/conv2d_codes.h.
//   x̂ = s·q + β    ŵ[o] = s[o]·w    y[m, o] = s·s[o] · Σ q w  +  β · s[o] · Σ w  +  b[o]

/// Rows on a grid, a byte a code: value = scale · code + shift.
struct CodedRows {
  Array<std::uint8_t> codes;  // [M, I]
  Real scale = 1;
  Real shift = 0;  // the value of byte 0
};

/// y: [M, O] of x and a weight [O, I]; b: [O], or empty.
Tensor matmul_codes_forward(const CodedRows& x, const CodedWeight& w, const Tensor& bias);

/// Gradients of the real values x̂ and ŵ. bfloat16 needs has_bfloat16_products().
MatmulGradients matmul_codes_gradients(const PiecewiseTensor& dy, const CodedRows& x, const CodedWeight& w,
                                       Precision precision, bool want_dx);

/// Decodes and multiplies real numbers: the oracle of the tests, and the engine without oneDNN or in double.
namespace plain {
Tensor matmul_codes_forward(const CodedRows& x, const CodedWeight& w, const Tensor& bias);
MatmulGradients matmul_codes_gradients(const PiecewiseTensor& dy, const CodedRows& x, const CodedWeight& w,
                                       bool want_dx);
}  // namespace plain

}  // namespace nibble::kernels
