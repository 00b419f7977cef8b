#pragma once

#include <vector>

#include "core/array.h"
#include "core/kernels/conv/conv2d.h"
#include "core/parallel.h"

namespace nibble::kernels {

// The difference between a border that reads as p and one that reads as 0. An output position at the border
// has taps (kh, kw) outside of the image, and each of them adds p · Σ_c w[o, kh, kw, c]. So only the border
// of y changes, and no padded copy of the image is needed.

/// y[n, oh, ow, o] += p · Σ over the taps outside of (Σ_c w[o, kh, kw, c]).
void add_border(Tensor& y, Real p, const Tensor& w, const Shape& x, const Conv2dGeometry& geometry);

/// t[kh, kw, o] = Σ of dy[n, oh, ow, o] over all positions where the tap (kh, kw) falls outside of the image.
Tensor border_tap_sums(const Tensor& dy, const Shape& w, const Shape& x, const Conv2dGeometry& geometry);

/// The same sums for callers that see dy in parts.
class BorderTapSums {
 public:
  BorderTapSums(const Shape& w, const Shape& x, const Conv2dGeometry& geometry);
  /// Adds the rows dy: [rows, OW, O], counted through [N, OH], to taps: [KH, KW, O]. taps may be empty at
  /// first.
  void add(const Real* dy, Range rows, Tensor& taps) const;

 private:
  Shape w_, x_, y_;
  Conv2dGeometry geometry_;
};

/// The sum over the pieces of a batch, added in order; empty if the pieces are.
Tensor sum_of_pieces(std::vector<Tensor>& taps);

/// dw[o, kh, kw, c] += p · t[kh, kw, o].
void add_border_weight_gradient(Tensor& dw, Real p, const Tensor& tap_sums);

/// dp = Σ t[kh, kw, o] · Σ_c w[o, kh, kw, c].
Real border_value_gradient(const Tensor& tap_sums, const Tensor& w);

}  // namespace nibble::kernels
