// Weights from other tools, read alone and into a small network.
#include "interchange/safetensors.h"
#include "tests/fuzz/small_net.h"

namespace nibble::fuzz {
namespace {

void read_weights(std::string_view bytes) {
  const std::string path = weights_file(bytes);
  const Safetensors content = read_safetensors(path);
  std::size_t values = 0;
  for (const auto& [name, tensor] : content.tensors) values += static_cast<std::size_t>(tensor.size());
  require(2 * values <= bytes.size(), "found more values than the file has bytes for");
  import_into_small_net(path);
}

const Registered safetensors("safetensors", &read_weights);

}  // namespace
}  // namespace nibble::fuzz
