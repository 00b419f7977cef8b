#pragma once

#include "core/array.h"
#include "quant/grids/affine_grid.h"

namespace nibble {

/// Codes for the rows of a weight that keep its products, rather than its numbers, near: for each row
///
///   minimize E[((w − ŵ)·x)²] = (w − ŵ)ᵀ H (w − ŵ),   H = E[x xᵀ],   ŵ on the row's grid
///
/// Rounding one number leaves an error that the numbers still to be rounded make up for (Frantar et al. 2022,
/// arXiv 2210.17323; the same as Babai's nearest plane on the lattice of codes): with H = L Lᵀ, from the last
/// column to the first,
///
///   q[j] = round(w[j] + Σ_{i>j} L[i,j] / L[j,j] · (w[i] − ŵ[i]))
///
/// Columns of larger H[j,j] are rounded first. H is damped by 1 % of its mean diagonal, so that an input that
/// was never seen does no harm.
///   w: [O, ...] with rows of K   scales: O positive numbers, or one   moments: [K, K]
/// Returns ŵ. Throws Error where a number is not finite.
Tensor compensated_rounding(const Tensor& w, const Tensor& scales, const Grid& grid,
                            const Array<double>& moments);

}  // namespace nibble
