// What torch.save wrote, read alone and into a small network.
#include "interchange/pytorch.h"
#include "tests/fuzz/small_net.h"

namespace nibble::fuzz {
namespace {

void read_torch(std::string_view bytes) {
  const std::string path = weights_file(bytes);
  for (const auto& [name, tensor] : read_pytorch(path))
    require(static_cast<std::size_t>(tensor.size()) <= bytes.size(),
            "found more values than the file has bytes");
  import_into_small_net(path);
}

const Registered pytorch("pytorch", &read_torch);

}  // namespace
}  // namespace nibble::fuzz
