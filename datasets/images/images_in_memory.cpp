#include "datasets/images/images_in_memory.h"

#include "core/check.h"

namespace nibble {

ImagesInMemory::ImagesInMemory(const Array<std::uint8_t>& images, const Array<int>& labels)
    : images_(images), labels_(labels) {
  check(images.shape().rank() == 4 && labels.shape() == Shape{images.shape()[0]},
        "images in memory: found images ", images.shape(), " and labels ", labels.shape(),
        ", expected [N, H, W, C] and [N]");
}

Array<std::uint8_t> ImagesInMemory::make(long i) const {
  const Shape& all = images_.shape();
  return images_.rows(i, i + 1).reshaped({all[1], all[2], all[3]});
}

Split split_in_memory(const Array<std::uint8_t>& images, const Array<int>& labels) {
  return Split(std::make_shared<ImagesInMemory>(images, labels));
}

}  // namespace nibble
