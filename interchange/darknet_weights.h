#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nibble {

/// A .weights file of darknet: int32 major, minor, revision; the number of images seen in training, as int64
/// from version 0.2 on and int32 before; then float32 numbers without names. Which of them are whose the
/// network says (layers/darknet/file_order.h).
struct DarknetWeights {
  std::int32_t major = 0, minor = 2, revision = 5;
  std::uint64_t seen = 0;
  std::vector<float> numbers;
};

/// Throws Error naming the file where it is cut short or larger than 4 GiB.
DarknetWeights read_darknet_weights(const std::string& path);
/// Atomically; little-endian.
void write_darknet_weights(const std::string& path, const DarknetWeights& weights);

}  // namespace nibble
