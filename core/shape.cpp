#include "core/shape.h"

namespace nibble {

long Shape::count() const {
  long n = 1;
  for (const long extent : extents_) n *= extent;
  return n;
}

long Shape::row() const {
  long n = 1;
  for (std::size_t axis = 1; axis < extents_.size(); ++axis) n *= extents_[axis];
  return n;
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  out << '[';
  for (int axis = 0; axis < shape.rank(); ++axis) out << (axis ? ", " : "") << shape[axis];
  return out << ']';
}

std::ostream& operator<<(std::ostream& out, const Size2& size) { return out << size.h << 'x' << size.w; }

}  // namespace nibble
