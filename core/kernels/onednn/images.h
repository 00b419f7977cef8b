#pragma once

#include <vector>

#include "core/kernels/onednn/plan.h"

// Outside of a primitive a piece of the batch is NHWC. A primitive may ask for another layout, and then the
// piece is copied, within the cache. The copies cost a tenth of the time that Winograd saves.

namespace nibble::kernels::onednn {

/// Images that primitives read. A second primitive that asks for the same layout gets the same copy.
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
