#pragma once

#include "autograd/var.h"
#include "core/kernels/matrix/matmul_codes.h"

namespace nibble {

/// y = x Wᵀ + b        x: [..., I]   W: [O, I]   b: [O], or empty   y: [..., O]
Var linear(const Var& x, const Var& w, const Var& b);

/// Operands that lie on grids: the values, which the gradients belong to, and the codes.
struct CodedRows {
  Var value;
  kernels::CodeRows codes;
};
struct CodedMatrix {
  Var value;
  kernels::CodeWeight codes;
};
/// linear, computed on codes. The gradients of the values are float32 or bfloat16 products.
Var linear_codes(const CodedRows& x, const CodedMatrix& w, const Var& b,
                 kernels::GradientPrecision gradients);

}  // namespace nibble
