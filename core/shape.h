#pragma once

#include <initializer_list>
#include <ostream>
#include <vector>

namespace nibble {

/// Extents of a contiguous array, slowest axis first; images are [N, H, W, C], weights [O, KH, KW, I].
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<long> extents) : extents_(extents) {}
  explicit Shape(std::vector<long> extents) : extents_(std::move(extents)) {}

  int rank() const { return static_cast<int>(extents_.size()); }
  long operator[](int axis) const { return extents_[static_cast<std::size_t>(axis)]; }
  long& operator[](int axis) { return extents_[static_cast<std::size_t>(axis)]; }
  long back() const { return extents_.back(); }
  const std::vector<long>& extents() const { return extents_; }

  /// Number of elements; 1 for rank 0.
  long count() const;
  /// Elements of one step along the leading axis: count() / [0].
  long row() const;

  bool operator==(const Shape&) const = default;

 private:
  std::vector<long> extents_;
};

/// Prints as [2, 3].
std::ostream& operator<<(std::ostream&, const Shape&);

/// Height and width, of kernels, strides, paddings.
struct Size2 {
  int h = 0;
  int w = 0;
  bool operator==(const Size2&) const = default;
};
std::ostream& operator<<(std::ostream&, const Size2&);

}  // namespace nibble
