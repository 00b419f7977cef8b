#pragma once

#include <algorithm>
#include <cassert>
#include <memory>
#include <utility>

#include "core/buffer_pool.h"
#include "core/real.h"
#include "core/shape.h"

namespace nibble {

template <typename T>
class Array;
using Tensor = Array<Real>;

/// A shape and a contiguous buffer of plain values. Copying an Array shares the buffer, like a handle;
/// `clone` copies the values. Reshapes and slices of the leading axis are the only views.
template <typename T>
class Array {
 public:
  Array() = default;
  /// All zero.
  explicit Array(const Shape& shape) : Array(uninitialized(shape)) { fill(T{}); }
  Array(const Shape& shape, std::initializer_list<T> values) : Array(uninitialized(shape)) {
    assert(static_cast<long>(values.size()) == size());
    std::copy(values.begin(), values.end(), data());
  }

  /// Contents undefined: for outputs that are written whole.
  static Array uninitialized(const Shape& shape) {
    Array array;
    array.shape_ = shape;
    array.size_ = shape.count();
    array.buffer_ = buffer_pool::acquire(static_cast<std::size_t>(array.size_) * sizeof(T));
    array.data_ = static_cast<T*>(array.buffer_.get());
    return array;
  }

  const Shape& shape() const { return shape_; }
  long size() const { return size_; }
  bool empty() const { return buffer_ == nullptr; }

  T* data() { return data_; }
  const T* data() const { return data_; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  T& operator[](long i) {
    assert(0 <= i && i < size_);
    return data_[i];
  }
  const T& operator[](long i) const {
    assert(0 <= i && i < size_);
    return data_[i];
  }

  void fill(T value) { std::fill(begin(), end(), value); }

  Array clone() const {
    Array copy = uninitialized(shape_);
    std::copy(begin(), end(), copy.begin());
    return copy;
  }

  /// The same buffer under another shape of the same count.
  Array reshaped(const Shape& shape) const {
    assert(shape.count() == size_);
    Array view = *this;
    view.shape_ = shape;
    return view;
  }

  /// Rows begin ≤ i < end of the leading axis, sharing the buffer.
  Array rows(long begin, long end) const {
    assert(0 <= begin && begin <= end && end <= shape_[0]);
    Array view = *this;
    view.shape_[0] = end - begin;
    view.size_ = (end - begin) * shape_.row();
    view.data_ = data_ + begin * shape_.row();
    return view;
  }

  /// True if no other handle sees this buffer, so that it may be overwritten in place.
  bool unique() const { return buffer_.use_count() == 1; }

 private:
  Shape shape_;
  long size_ = 0;
  std::shared_ptr<void> buffer_;
  T* data_ = nullptr;
};

}  // namespace nibble
