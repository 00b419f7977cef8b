#pragma once

#include "datasets/images/image_source.h"

namespace nibble {

/// Labelled images of one size, as bytes.
class ImagesInMemory : public ImageSource {
 public:
  /// images: [N, H, W, C], labels: [N]. The buffers are shared.
  ImagesInMemory(const Array<std::uint8_t>& images, const Array<int>& labels);

  long size() const override { return labels_.size(); }
  Target target(long i) const override { return labels_[i]; }
  /// Shares the buffer.
  Array<std::uint8_t> make(long i) const override;

 private:
  Array<std::uint8_t> images_;
  Array<int> labels_;
};

/// The same as a split.
Split split_in_memory(const Array<std::uint8_t>& images, const Array<int>& labels);

}  // namespace nibble
