#pragma once

#include <cstdint>
#include <functional>

#include "core/array.h"
#include "core/parallel.h"

namespace nibble {

/// A tensor that may be computed piece by piece, when it is read: a gradient that arrives at an op, or what
/// lies between a norm and a convolution. Who works through the batch in pieces would rather have each made
/// in the cache than find all of them in memory.
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

/// Shown every part of a tensor once, while it is in the cache of who made it, and may replace the values: in
/// order within a piece of the batch (of cut(N, kBatchPieces)) and on its thread; whole rows of the last
/// axis.
using PieceWatcher = std::function<void(long piece, Range elements, Real* values)>;

/// Their sum, made when it is read; of equal shapes.
PiecewiseTensor operator+(const PiecewiseTensor& a, const PiecewiseTensor& b);

}  // namespace nibble
