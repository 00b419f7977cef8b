// MobileNet-V2 (Sandler et al. 2018, arXiv 1801.04381, table 2). With '.' for '/', the names of all
// parameters are those of torchvision.
#include "layers/models/families.h"
#include "layers/models/inverted_residual.h"

namespace nibble::models {
namespace {

constexpr int kMultiple = 8;

// torchvision's _make_divisible: the nearest multiple of 8, and at least nine tenths.
int rounded(double channels) {
  const int nearest =
      std::max(kMultiple, static_cast<int>(channels + kMultiple / 2.0) / kMultiple * kMultiple);
  return nearest < 0.9 * channels ? nearest + kMultiple : nearest;
}

}  // namespace

Network mobilenet_v2(const ModelOptions& options, const Shape& sample, int classes, Rng rng) {
  // expansion, output channels, repeats, stride of the first
  struct Stage {
    int expansion, channels, repeats, stride;
  };
  constexpr Stage kStages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                               {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
  const double factor = width_factor(options);
  const ActivationOptions activation = chosen_activation(options);
  Network net(rng);
  NodeRef x = net.add_input("input", sample);
  x = conv_norm_activation(net, "features/0", x,
                           {.out_channels = rounded(32 * factor), .kernel = {3, 3}, .stride = {2, 2}},
                           activation);
  int index = 0;
  for (const Stage& stage : kStages) {
    for (int i = 0; i < stage.repeats; ++i) {
      const std::string name = str("features/", ++index);
      const int stride = i == 0 ? stage.stride : 1;
      int part = 0;
      const auto next = [&] { return str(name, "/conv/", part++); };
      NodeRef y = expand_and_filter(net, x, stage.expansion, 3, stride, activation, next);
      y = net.add(next(), pointwise(rounded(stage.channels * factor)), {y});
      y = net.add(next(), BatchNormOptions{}, {y});
      x = with_residual(net, name + "/add", y, x, stride);
    }
  }
  classify(net, str("features/", index + 1), x, {rounded(1280 * std::max(1.0, factor)), classes}, activation);
  return net;
}

}  // namespace nibble::models
