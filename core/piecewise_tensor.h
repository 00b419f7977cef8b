#pragma once

#include <cstdint>
#include <functional>

#include "core/array.h"
#include "core/parallel.h"

namespace nibble {

/// A tensor that is in memory, or a function that computes any part of it. An op that works through the batch
/// piece by piece computes each piece when it needs it. The piece is then in the cache, and never written to
/// memory and read again. A gradient can be such a function, or what lies between a norm and a convolution.
class PiecewiseTensor {
 public:
  /// Writes elements begin ≤ i < end, which are whole rows of the last axis, to `into`; on any thread.
  using Fill = std::function<void(Range elements, Real* into)>;

  PiecewiseTensor() = default;
  PiecewiseTensor(Tensor whole) : shape_(whole.shape()), whole_(std::move(whole)) {}
  PiecewiseTensor(const Shape& shape, Fill fill) : shape_(shape), fill_(std::move(fill)) {}
  /// Kept as bfloat16, each its upper 16 bits.
  explicit PiecewiseTensor(const Array<std::uint16_t>& bfloat16);

  const Shape& shape() const { return shape_; }
  bool empty() const { return whole_.empty() && fill_ == nullptr; }
  /// Whether all of it is in memory already.
  bool is_whole() const { return fill_ == nullptr; }
  /// Where the elements lie, which are whole rows of the last axis: in a tensor that is there already, or in
  /// `spare`, where there is room for them. On this thread.
  const Real* block(Range elements, Real* spare) const;
  /// Rows begin ≤ i < end of the leading axis, on this thread.
  Tensor rows(Range leading) const;
  Tensor whole() const;
  /// The same elements under another shape with the same last axis.
  PiecewiseTensor reshaped(const Shape& shape) const;

 private:
  Shape shape_;
  Tensor whole_;
  Fill fill_;
};

/// Their sum, made when it is read; of equal shapes.
PiecewiseTensor operator+(const PiecewiseTensor& a, const PiecewiseTensor& b);

}  // namespace nibble
