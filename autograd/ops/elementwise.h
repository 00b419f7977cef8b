#pragma once

#include <cstdint>

#include "autograd/var.h"

namespace nibble {

/// a + b for equal shapes.
Var add(const Var& a, const Var& b);

/// a · b for equal shapes, or an image [N, H, W, C] times one factor per sample and channel [N, C]
/// (squeeze-and-excitation).
Var multiply(const Var& a, const Var& b);

/// a where `first` is 1, b where it is 0, value by value; all of equal shapes.
Var choose(const Array<std::uint8_t>& first, const Var& a, const Var& b);

/// scaled: factor · x. scale_gradient: x, with the gradient multiplied by the factor.
Var scaled(const Var& x, Real factor);
Var scale_gradient(const Var& x, Real factor);

}  // namespace nibble
