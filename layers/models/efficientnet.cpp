// EfficientNet-B0 (Tan and Le 2019, arXiv 1905.11946, table 1). With '.' for '/', the names of all parameters
// are those of torchvision; the two linear layers of squeeze-and-excitation, [O, I] here, are [O, I, 1, 1]
// there. Stochastic depth is left out.
#include "layers/models/families.h"
#include "layers/models/inverted_residual.h"

namespace nibble::models {
namespace {

// x · σ(W₂ swish(W₁ mean(x)))
NodeRef squeeze_excite(Network& net, const std::string& name, NodeRef x, int squeezed,
                       const ActivationOptions& activation) {
  const int channels = static_cast<int>(net.shape(x).back());
  NodeRef s = net.add(name + "/avgpool", GlobalPoolOptions{}, {x});
  s = net.add(name + "/fc1", LinearOptions{.out_features = squeezed}, {s});
  s = net.add(name + "/activation", activation, {s});
  s = net.add(name + "/fc2", LinearOptions{.out_features = channels}, {s});
  s = net.add(name + "/scale_activation", ActivationOptions{.kind = ActivationKind::sigmoid}, {s});
  return net.add(name + "/scale", MultiplyOptions{}, {x, s});
}

}  // namespace

Network efficientnet_b0(const ModelOptions& options, const Shape& sample, int classes, Rng rng) {
  check(options.width == 0, "efficientnet_b0: found width ", options.width, ", expected none");
  struct Stage {
    int expansion, kernel, stride, channels, repeats;
  };
  constexpr Stage kStages[] = {{1, 3, 1, 16, 1},  {6, 3, 2, 24, 2},  {6, 5, 2, 40, 2}, {6, 3, 2, 80, 3},
                               {6, 5, 1, 112, 3}, {6, 5, 2, 192, 4}, {6, 3, 1, 320, 1}};
  const ActivationOptions activation = chosen_activation(options);
  Network net(rng);
  NodeRef x = net.add_input("input", sample);
  x = conv_norm_activation(net, "features/0", x, {.out_channels = 32, .kernel = {3, 3}, .stride = {2, 2}},
                           activation);
  int index = 0;
  for (const Stage& stage : kStages) {
    ++index;
    for (int i = 0; i < stage.repeats; ++i) {
      const std::string name = str("features/", index, "/", i);
      const int stride = i == 0 ? stage.stride : 1;
      const int squeezed = std::max(static_cast<int>(net.shape(x).back()) / 4, 1);
      int part = 0;
      const auto next = [&] { return str(name, "/block/", part++); };
      NodeRef y = expand_and_filter(net, x, stage.expansion, stage.kernel, stride, activation, next);
      y = squeeze_excite(net, next(), y, squeezed, activation);
      const std::string project = next();
      y = net.add(project + "/0", pointwise(stage.channels), {y});
      y = net.add(project + "/1", BatchNormOptions{}, {y});
      x = with_residual(net, name + "/add", y, x, stride);
    }
  }
  classify(net, str("features/", index + 1), x, {1280, classes}, activation);
  return net;
}

}  // namespace nibble::models
