#pragma once

#include "core/array.h"

namespace nibble::kernels {

/// A = L D Lᵀ of a symmetric, positive definite A: L with ones on its diagonal, as its transpose, so that row
/// j of the result is column j of L.
///   a, result: [N, N]
/// Throws Error where A is not positive definite, or not finite.
Array<double> unit_cholesky(const Array<double>& a);

}  // namespace nibble::kernels
