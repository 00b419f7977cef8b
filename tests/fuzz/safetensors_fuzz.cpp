// Weights from other tools, read alone and into a small network.
#include "core/files/atomic_file.h"
#include "experiments/training/import_weights.h"
#include "interchange/safetensors.h"
#include "layers/models/models.h"
#include "tests/fuzz/target.h"

namespace nibble::fuzz {
namespace {

void read_weights(std::string_view bytes) {
  static Network network = build_model({.kind = "mlp", .width = 4}, Shape{2, 2, 3}, 3, Rng(1));
  const std::string path = (folder() / "weights").string();
  write_bytes(path, bytes);
  const Safetensors content = read_safetensors(path);
  std::size_t values = 0;
  for (const auto& [name, tensor] : content.tensors) values += static_cast<std::size_t>(tensor.size());
  require(2 * values <= bytes.size(), "found more values than the file has bytes for");
  import_weights(network, path);
}

const Registered safetensors("safetensors", &read_weights);

}  // namespace
}  // namespace nibble::fuzz
