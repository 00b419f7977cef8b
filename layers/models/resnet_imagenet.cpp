// ResNet-18, 34 and 50 (He et al. 2015, arXiv 1512.03385, table 1; the 50 with its stride in the 3 x 3
// convolution). With
// '.' for '/', the names of all parameters are those of torchvision.
#include "layers/models/families.h"

namespace nibble::models {
namespace {

NodeRef conv_norm(Network& net, const std::string& conv, const std::string& norm, NodeRef x,
                  const Conv2dOptions& o) {
  return net.add(norm, BatchNormOptions{}, {net.add(conv, o, {x})});
}

Conv2dOptions square(int channels, int kernel, int stride) {
  return {.out_channels = channels,
          .kernel = {kernel, kernel},
          .stride = {stride, stride},
          .padding = {kernel / 2, kernel / 2}};
}

struct BlockShape {
  int channels;  // of the inner convolutions
  int stride;
  bool bottleneck;
  int out() const { return bottleneck ? 4 * channels : channels; }
};

NodeRef block(Network& net, const std::string& name, NodeRef x, const BlockShape& shape,
              const ActivationOptions& activation) {
  // 3x3, 3x3, or 1x1, 3x3, 1x1
  std::vector<Conv2dOptions> convs{square(shape.channels, 3, shape.stride), square(shape.channels, 3, 1)};
  if (shape.bottleneck)
    convs = {square(shape.channels, 1, 1), square(shape.channels, 3, shape.stride),
             square(shape.out(), 1, 1)};
  NodeRef y = x;
  for (std::size_t i = 1; i <= convs.size(); ++i) {
    y = conv_norm(net, str(name, "/conv", i), str(name, "/bn", i), y, convs[i - 1]);
    if (i < convs.size()) y = net.add(str(name, "/act", i), activation, {y});
  }
  if (shape.stride != 1 || net.shape(x).back() != shape.out()) {
    x = conv_norm(net, name + "/downsample/0", name + "/downsample/1", x,
                  square(shape.out(), 1, shape.stride));
  }
  y = net.add(name + "/add", AddOptions{}, {y, x});
  return net.add(name + "/act", activation, {y});
}

}  // namespace

Network resnet_imagenet(const ResNetLayers& layers, const ModelOptions& options, const Shape& sample,
                        int classes, Rng rng) {
  check(options.width == 0, "resnet: found width ", options.width,
        ", expected none: the channels of a ResNet are fixed");
  Network net(rng);
  NodeRef x = conv_norm(net, "conv1", "bn1", net.add_input("input", sample), square(64, 7, 2));
  x = net.add("act1", chosen_activation(options), {x});
  x = net.add("maxpool",
              PoolOptions{.kind = PoolKind::max, .kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}, {x});
  for (int stage = 0; stage < 4; ++stage) {
    for (int i = 0; i < layers.blocks[static_cast<std::size_t>(stage)]; ++i) {
      const int stride = stage > 0 && i == 0 ? 2 : 1;
      x = block(net, str("layer", stage + 1, "/", i), x, {64 << stage, stride, layers.bottleneck},
                chosen_activation(options));
    }
  }
  x = net.add("avgpool", GlobalPoolOptions{}, {x});
  net.add("fc", LinearOptions{.out_features = classes}, {x});
  return net;
}

}  // namespace nibble::models
