#pragma once

#include "autograd/var.h"
#include "core/kernels/pointwise/activation.h"

namespace nibble {

// Element by element, one pass over memory forward and one backward.

/// One of the functions below; `slope` is that of leaky_relu.
Var activation(const Var& x, ActivationKind kind, Real slope = 0);

Var relu(const Var& x);                    // max(x, 0); slope 0 at 0
Var relu6(const Var& x);                   // min(max(x, 0), 6)
Var leaky_relu(const Var& x, Real slope);  // x > 0 ? x : slope · x; slope ≥ 0
Var sigmoid(const Var& x);                 // σ(x) = 1 / (1 + e⁻ˣ)
Var tanh(const Var& x);
Var swish(const Var& x);       // x · σ(x)
Var hard_swish(const Var& x);  // x · clamp(x + 3, 0, 6) / 6
Var mish(const Var& x);        // x · tanh(ln(1 + eˣ))

}  // namespace nibble
