#pragma once

#include "core/array.h"

namespace nibble::kernels {

/// A = L D Lᵀ of a symmetric, positive definite A, where L has ones on its diagonal. Yields the transpose of
/// L: row j of the result is column j of L.
///   a, result: [N, N]
/// Throws Error if A is not positive definite or not finite.
Array<double> unit_cholesky(const Array<double>& a);

}  // namespace nibble::kernels
