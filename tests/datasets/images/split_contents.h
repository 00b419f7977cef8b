#pragma once

#include <string>
#include <variant>
#include <vector>

#include "datasets/images/image_source.h"

namespace nibble {

/// The classes of all samples, in order.
inline std::vector<int> labels_of(const Split& split) {
  std::vector<int> labels;
  for (long i = 0; i < split.size(); ++i) labels.push_back(std::get<int>(split.target(i)));
  return labels;
}

/// The bytes of sample i.
inline std::string bytes_of(const Split& split, long i) {
  const Array<std::uint8_t> image = split.make(i);
  return {image.begin(), image.end()};
}

}  // namespace nibble
