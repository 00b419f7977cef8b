#include "layers/models/families.h"

namespace nibble::models {

Network language_model(RecurrentKind kind, const ModelOptions& options, const Shape& sample, int words,
                       Rng rng) {
  const int width = whole_width(options, 200);
  const double first = options.first_weights;
  check(options.layers > 0, "model '", options.kind, "': found ", options.layers,
        " layers, expected at least 1");
  Network net(rng);
  const auto dropped = [&](const std::string& name, NodeRef x) {
    if (options.dropout == 0) return x;
    return net.add(name + "/dropout",
                   DropoutOptions{.rate = options.dropout, .same_for_all_steps = options.variational_dropout},
                   {x});
  };
  const NodeRef table =
      net.add("embedding", EmbeddingOptions{.vocabulary = words, .features = width, .first_weights = first},
              {net.add_input("input", sample)});
  NodeRef x = dropped("embedding", table);
  for (int i = 1; i <= options.layers; ++i) {
    const std::string name = nibble::name(kind) + std::to_string(i);
    x = net.add(name, RecurrentOptions{.kind = kind, .hidden = width, .first_weights = first}, {x});
    x = dropped(name, x);
  }
  const NodeRef scores =
      net.add("scores", LinearOptions{.out_features = words, .bias = true, .first_weights = first}, {x});
  if (options.tied) net.tie(scores, table);
  return net;
}

}  // namespace nibble::models
