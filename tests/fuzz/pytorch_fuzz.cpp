// What torch.save wrote, read alone and into a small network.
#include "core/files/atomic_file.h"
#include "experiments/training/import_weights.h"
#include "interchange/pytorch.h"
#include "layers/models/models.h"
#include "tests/fuzz/target.h"

namespace nibble::fuzz {
namespace {

void read_torch(std::string_view bytes) {
  static Network network = build_model({.kind = "mlp", .width = 4}, Shape{2, 2, 3}, 3, Rng(1));
  const std::string path = (folder() / "weights").string();
  write_bytes(path, bytes);
  for (const auto& [name, tensor] : read_pytorch(path))
    require(static_cast<std::size_t>(tensor.size()) <= bytes.size(),
            "found more values than the file has bytes");
  import_weights(network, path);
}

const Registered pytorch("pytorch", &read_torch);

}  // namespace
}  // namespace nibble::fuzz
