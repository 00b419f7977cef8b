#include "layers/models/families.h"

namespace nibble::models {

Network mlp(const ModelOptions& options, const Shape& sample, int classes, Rng rng) {
  const int width = whole_width(options, 64);
  Network net(rng);
  NodeRef x = net.add("flatten", FlattenOptions{}, {net.add_input("input", sample)});
  x = net.add("fc1", LinearOptions{.out_features = width}, {x});
  x = net.add("act1", chosen_activation(options), {x});
  x = net.add("fc2", LinearOptions{.out_features = width}, {x});
  x = net.add("act2", chosen_activation(options), {x});
  net.add("fc3", LinearOptions{.out_features = classes}, {x});
  return net;
}

}  // namespace nibble::models
