#pragma once

#include <cstdint>
#include <functional>

#include "core/array.h"
#include "core/parallel.h"

namespace nibble {

/// A gradient that may be computed piece by piece, when it is read: what arrives at an op that works through
/// the batch in pieces, and would rather have each piece made in the cache than find all of them in memory.
class PiecewiseGradient {
 public:
  /// Writes elements begin ≤ i < end, which are whole rows of the last axis, to `into`; on any thread.
  using Fill = std::function<void(Range elements, Real* into)>;

  PiecewiseGradient() = default;
  explicit PiecewiseGradient(Tensor whole) : shape_(whole.shape()), whole_(std::move(whole)) {}
  PiecewiseGradient(const Shape& shape, Fill fill) : shape_(shape), fill_(std::move(fill)) {}
  /// Kept as bfloat16, each its upper 16 bits.
  explicit PiecewiseGradient(const Array<std::uint16_t>& bfloat16);

  const Shape& shape() const { return shape_; }
  bool empty() const { return whole_.empty() && fill_ == nullptr; }
  /// Where the elements lie, which are whole rows of the last axis: in a tensor that is there already, or in
  /// `spare`, where there is room for them. On this thread.
  const Real* block(Range elements, Real* spare) const;
  /// Rows begin ≤ i < end of the leading axis, on this thread.
  Tensor rows(Range leading) const;
  Tensor whole() const;
  /// The same elements under another shape with the same last axis.
  PiecewiseGradient reshaped(const Shape& shape) const;

 private:
  Shape shape_;
  Tensor whole_;
  Fill fill_;
};

/// Their sum, made when it is read; of equal shapes.
PiecewiseGradient operator+(const PiecewiseGradient& a, const PiecewiseGradient& b);

}  // namespace nibble
