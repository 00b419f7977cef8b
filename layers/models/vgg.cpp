#include "layers/models/families.h"

namespace nibble::models {

Network vgg_small(const ModelOptions& options, const Shape& sample, int classes, Rng rng) {
  const int width = whole_width(options, 128);
  Network net(rng);
  NodeRef x = net.add_input("input", sample);
  for (int stage = 1; stage <= 3; ++stage) {
    const std::string prefix = str("stage", stage, "/");
    for (int i = 1; i <= 2; ++i) {
      x = net.add(str(prefix, "conv", i), Conv2dOptions{.out_channels = width << (stage - 1)}, {x});
      x = net.add(str(prefix, "bn", i), BatchNormOptions{}, {x});
      x = net.add(str(prefix, "act", i), chosen_activation(options), {x});
    }
    x = net.add(prefix + "pool", PoolOptions{.kind = PoolKind::max}, {x});
  }
  x = net.add("flatten", FlattenOptions{}, {x});
  net.add("linear", LinearOptions{.out_features = classes}, {x});
  return net;
}

}  // namespace nibble::models
