#include "edge/graph/integer_value.h"

namespace nibble::edge {

Shape batch_shape(long n, const Shape& sample) {
  std::vector<long> extents{n};
  extents.insert(extents.end(), sample.extents().begin(), sample.extents().end());
  return Shape(extents);
}

}  // namespace nibble::edge
