// MobileNet-V2 (Sandler et al. 2018, arXiv 1801.04381, table 2). With '.' for '/', the names of all
// parameters are those of torchvision.
#include "layers/models/families.h"
#include "layers/models/inverted_residual.h"

namespace nibble::models {

Network mobilenet_v2(const ModelOptions& options, const Shape& sample, int classes, Rng rng) {
  check(options.width == 0, "mobilenet_v2: found width ", options.width, ", expected none");
  // expansion, output channels, repeats, stride of the first
  struct Stage {
    int expansion, channels, repeats, stride;
  };
  constexpr Stage kStages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                               {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
  const ActivationOptions activation = chosen_activation(options);
  Network net(rng);
  NodeRef x = net.add_input("input", sample);
  x = conv_norm_activation(net, "features/0", x, {.out_channels = 32, .kernel = {3, 3}, .stride = {2, 2}},
                           activation);
  int index = 0;
  for (const Stage& stage : kStages) {
    for (int i = 0; i < stage.repeats; ++i) {
      const std::string name = str("features/", ++index);
      const long in = net.shape(x).back();
      const int expanded = static_cast<int>(in) * stage.expansion, stride = i == 0 ? stage.stride : 1;
      NodeRef y = x;
      int part = 0;
      if (stage.expansion != 1) {
        y = conv_norm_activation(net, str(name, "/conv/", part++), y, pointwise(expanded), activation);
      }
      y = conv_norm_activation(net, str(name, "/conv/", part++), y, depthwise(expanded, 3, stride),
                               activation);
      y = net.add(str(name, "/conv/", part), pointwise(stage.channels), {y});
      y = net.add(str(name, "/conv/", part + 1), BatchNormOptions{}, {y});
      x = stride == 1 && in == stage.channels ? net.add(name + "/add", AddOptions{}, {y, x}) : y;
    }
  }
  x = conv_norm_activation(net, str("features/", index + 1), x, pointwise(1280), activation);
  x = net.add("pool", GlobalPoolOptions{}, {x});
  x = net.add("classifier/0", DropoutOptions{.rate = 0.2}, {x});
  net.add("classifier/1", LinearOptions{.out_features = classes}, {x});
  return net;
}

}  // namespace nibble::models
