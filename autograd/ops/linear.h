#pragma once

#include "autograd/var.h"

namespace nibble {

/// y = x Wᵀ + b        x: [..., I]   W: [O, I]   b: [O], or empty   y: [..., O]
Var linear(const Var& x, const Var& w, const Var& b);

}  // namespace nibble
