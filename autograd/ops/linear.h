#pragma once

#include "autograd/ops/coded_operand.h"

namespace nibble {

/// y = x Wᵀ + b        x: [..., I]   W: [O, I]   b: [O], or empty   y: [..., O]
Var linear(const Var& x, const Var& w, const Var& b);

/// The same for operands that lie on grids, computed on their codes. The gradients of the values are float32
/// or bfloat16 products.
Var linear_codes(const CodedRows& x, const CodedWeight& w, const Var& b, kernels::Precision gradients);

}  // namespace nibble
