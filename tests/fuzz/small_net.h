#pragma once

#include <string>
#include <string_view>

#include "core/files/atomic_file.h"
#include "experiments/training/import_weights.h"
#include "layers/models/models.h"
#include "tests/fuzz/target.h"

namespace nibble::fuzz {

/// The bytes as a file; its path.
inline std::string weights_file(std::string_view bytes) {
  const std::string path = (folder() / "weights").string();
  write_bytes(path, bytes);
  return path;
}

/// Reads a file of weights into a network that is too small for most of them.
inline void import_into_small_net(const std::string& path) {
  static Network network = build_model({.kind = "mlp", .width = 4}, Shape{2, 2, 3}, 3, Rng(1));
  import_weights(network, path);
}

}  // namespace nibble::fuzz
