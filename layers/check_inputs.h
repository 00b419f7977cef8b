#pragma once

#include <span>

#include "core/check.h"
#include "core/shape.h"

namespace nibble {

// What most layers ask of their inputs. Shapes are without the batch; Network puts the node's name in front
// of the messages.

/// Throws Error unless there are `count` inputs.
inline void check_count(std::span<const Shape> inputs, std::size_t count, const char* who) {
  check(inputs.size() == count, who, ": found ", inputs.size(), inputs.size() == 1 ? " input" : " inputs",
        ", expected ", count);
}

/// The only input's shape.
inline const Shape& only_input(std::span<const Shape> inputs, const char* who) {
  check_count(inputs, 1, who);
  return inputs[0];
}

/// The only input's shape, which is an image [H, W, C].
inline const Shape& only_image(std::span<const Shape> inputs, const char* who) {
  const Shape& x = only_input(inputs, who);
  check(x.rank() == 3, who, ": found input ", x, ", expected an image [H, W, C]");
  return x;
}

/// The same shape with the batch in front: [N, ...].
inline Shape with_batch(long n, const Shape& sample) {
  std::vector<long> extents{n};
  extents.insert(extents.end(), sample.extents().begin(), sample.extents().end());
  return Shape(std::move(extents));
}

}  // namespace nibble
