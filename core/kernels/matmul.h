#pragma once

#include "core/array.h"

namespace nibble::kernels {

// The three products of a linear layer, row-major. Leading axes of `a` are flattened: [..., K] counts as [M,
// K].

/// y = a bᵀ     a: [..., K]  b: [N, K]  y: [..., N]
Tensor matmul_nt(const Tensor& a, const Tensor& b);
/// y = a b      a: [..., N]  b: [N, K]  y: [..., K]
Tensor matmul_nn(const Tensor& a, const Tensor& b);
/// y = aᵀ b     a: [..., N]  b: [..., K]  y: [N, K], summed over all leading axes
Tensor matmul_tn(const Tensor& a, const Tensor& b);

/// The same on Eigen: the oracle of the tests, and the engine without oneDNN or in double.
namespace plain {
Tensor matmul_nt(const Tensor& a, const Tensor& b);
Tensor matmul_nn(const Tensor& a, const Tensor& b);
Tensor matmul_tn(const Tensor& a, const Tensor& b);
}  // namespace plain

}  // namespace nibble::kernels
