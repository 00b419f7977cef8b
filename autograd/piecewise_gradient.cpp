#include "autograd/piecewise_gradient.h"

namespace nibble {

Tensor PiecewiseGradient::rows(Range leading) const {
  if (!whole_.empty()) return whole_.rows(leading.begin, leading.end);
  Shape shape = shape_;
  shape[0] = leading.size();
  Tensor piece = Tensor::uninitialized(shape);
  fill_({leading.begin * shape_.row(), leading.end * shape_.row()}, piece.data());
  return piece;
}

Tensor PiecewiseGradient::whole() const {
  if (!whole_.empty()) return whole_;
  Tensor result = Tensor::uninitialized(shape_);
  const long width = shape_.back();
  parallel_chunks(result.size() / width, kElementGrain / width + 1, [&](Range rows) {
    fill_({rows.begin * width, rows.end * width}, result.data() + rows.begin * width);
  });
  return result;
}

PiecewiseGradient PiecewiseGradient::reshaped(const Shape& shape) const {
  return whole_.empty() ? PiecewiseGradient(shape, fill_) : PiecewiseGradient(whole_.reshaped(shape));
}

}  // namespace nibble
