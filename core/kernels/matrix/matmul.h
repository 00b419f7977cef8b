#pragma once

#include "core/array.h"
#include "core/parallel.h"
#include "core/piecewise_tensor.h"

namespace nibble::kernels {

// The three products of a linear layer, row-major. Leading axes of `a` are flattened:
// [..., K] counts as [M, K].

/// y = a bᵀ + c     a: [..., K]  b: [N, K]  c: [N], or empty  y: [..., N]
Tensor matmul_nt(const Tensor& a, const Tensor& b, const Tensor& c = {});
/// y = a b          a: [..., N]  b: [N, K]  y: [..., K]
Tensor matmul_nn(const Tensor& a, const Tensor& b);
/// y = aᵀ b         a: [..., N]  b: [..., K]  y: [N, K], summed over all leading axes
Tensor matmul_tn(const Tensor& a, const Tensor& b);

/// All gradients of y = x wᵀ + c. Each piece of dy: [M, N] is used for all of them while it is in the cache.
///   dx = dy w: [M, K], empty unless wanted      dw = dyᵀ x: [N, K]      sums: [N], Σ dy over the rows
struct MatmulGradients {
  Tensor dx, dw, sums;
};
MatmulGradients matmul_gradients(const PiecewiseTensor& dy, const Tensor& x, const Tensor& w, bool want_dx);

/// The same on Eigen: the oracle of the tests, and the engine without oneDNN or in double.
namespace plain {
Tensor matmul_nt(const Tensor& a, const Tensor& b, const Tensor& c = {});
Tensor matmul_nn(const Tensor& a, const Tensor& b);
Tensor matmul_tn(const Tensor& a, const Tensor& b);
}  // namespace plain

}  // namespace nibble::kernels
