#pragma once

#include "core/array.h"

namespace nibble::kernels {

/// a + b, and a += b, for equal shapes.
Tensor sum(const Tensor& a, const Tensor& b);
void accumulate(Tensor& a, const Tensor& b);

/// a * b element by element, and a * factor.
Tensor product(const Tensor& a, const Tensor& b);
Tensor scaled(const Tensor& a, Real factor);

/// y[m, c] += row[c] for y: [..., C], row: [C].
void add_row(Tensor& y, const Tensor& row);
/// [C] from [..., C]: sums over all leading axes, in a fixed order, partial sums in double.
Tensor sum_rows(const Tensor& y);

}  // namespace nibble::kernels
