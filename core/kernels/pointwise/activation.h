#pragma once

#include "core/real.h"

namespace nibble {

enum class ActivationKind { relu, relu6, leaky_relu, sigmoid, tanh, swish, hard_swish, mish };
/// "leaky_relu"
const char* name(ActivationKind kind);

namespace kernels {

// Activation functions of n numbers that lie in the cache; the formulas stand in autograd/ops/activation.h.

/// y = f(x); x and y may be the same.
void activate(ActivationKind kind, Real slope, const Real* x, Real* y, long n);

/// Whether value and derivative of a function share an exponential (swish and mish). For these, both can be
/// computed together: y = f(x) and d = f'(x).
bool shares_exponential(ActivationKind kind);
void activate_and_derive(ActivationKind kind, const Real* x, Real* y, Real* d, long n);

/// dx = dy · f'(x). The derivative is computed from the output y for some functions and from the input x for
/// the others; gradient_reads_output tells which of them `saved` must be. dx may be dy.
void activate_gradient(ActivationKind kind, Real slope, const Real* saved, const Real* dy, Real* dx, long n);
bool gradient_reads_output(ActivationKind kind);

}  // namespace kernels
}  // namespace nibble
