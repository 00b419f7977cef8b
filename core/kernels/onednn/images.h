#pragma once

#include <vector>

#include "core/kernels/onednn/plan.h"

// A piece of the batch is NHWC outside of a primitive, and within it lies as the primitive likes it. Copies
// are made in the cache, a tenth of what Winograd saves.

namespace nibble::kernels::onednn {

/// Images that primitives read; a second one of the same liking gets the same copy.
class ImagesToRead {
 public:
  explicit ImagesToRead(const float* nhwc) : nhwc_(nhwc) {}
  memory as(const memory::desc& layout);

 private:
  const float* nhwc_;
  memory::desc layout_;
  Array<std::uint8_t> copy_;
};

/// Images that a primitive writes.
class ImagesToWrite {
 public:
  ImagesToWrite(const memory::desc& layout, float* nhwc);
  memory room() const;
  void done() const;

 private:
  memory::desc layout_, plain_;
  float* nhwc_;
  Array<std::uint8_t> room_;
};

}  // namespace nibble::kernels::onednn
