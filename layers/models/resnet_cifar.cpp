// ResNet-20/32/44/56 for 32 x 32 images (He et al. 2015, arXiv 1512.03385, section 4.2). With '.' for '/',
// the names of all parameters are those of the public PyTorch nets
// (github.com/akamaster/pytorch_resnet_cifar10), so that their weights can be loaded.
#include "layers/models/families.h"

namespace nibble::models {
namespace {

Conv2dOptions conv3x3(int channels, int stride) {
  return {.out_channels = channels, .kernel = {3, 3}, .stride = {stride, stride}, .padding = {1, 1}};
}

Conv2dOptions conv1x1(int channels, int stride) {
  return {.out_channels = channels, .kernel = {1, 1}, .stride = {stride, stride}, .padding = {0, 0}};
}

// Where a block changes the shape, its input has to follow.
NodeRef shortcut(Network& net, const std::string& name, NodeRef x, int channels, int stride, Shortcut kind) {
  if (stride == 1 && net.shape(x).back() == channels) return x;
  if (kind == Shortcut::subsample) {
    return net.add(name, SubsampleOptions{.stride = stride, .out_channels = channels}, {x});
  }
  x = net.add(name + "/0", conv1x1(channels, stride), {x});
  return net.add(name + "/1", BatchNormOptions{}, {x});
}

NodeRef block(Network& net, const std::string& name, NodeRef x, int channels, int stride,
              const ModelOptions& options) {
  NodeRef y = net.add(name + "/conv1", conv3x3(channels, stride), {x});
  y = net.add(name + "/bn1", BatchNormOptions{}, {y});
  y = net.add(name + "/act1", chosen_activation(options), {y});
  y = net.add(name + "/conv2", conv3x3(channels, 1), {y});
  y = net.add(name + "/bn2", BatchNormOptions{}, {y});
  x = shortcut(net, name + "/shortcut", x, channels, stride, options.shortcut);
  y = net.add(name + "/add", AddOptions{}, {y, x});
  return net.add(name + "/act2", chosen_activation(options), {y});
}

}  // namespace

Network resnet_cifar(int depth, const ModelOptions& options, const Shape& sample, int classes, Rng rng) {
  check(depth >= 8 && (depth - 2) % 6 == 0, "resnet_cifar: found depth ", depth, ", expected 6n + 2");
  check(options.width == 0, "resnet", depth, ": found width ", options.width,
        ", expected none: the channels of a CIFAR ResNet are fixed");
  const int blocks = (depth - 2) / 6;
  Network net(rng);
  NodeRef x = net.add("conv1", conv3x3(16, 1), {net.add_input("input", sample)});
  x = net.add("bn1", BatchNormOptions{}, {x});
  x = net.add("act1", chosen_activation(options), {x});
  for (int stage = 1; stage <= 3; ++stage) {
    for (int i = 0; i < blocks; ++i) {
      const int stride = stage > 1 && i == 0 ? 2 : 1;
      x = block(net, str("layer", stage, "/", i), x, 8 << stage, stride, options);
    }
  }
  x = net.add("pool", GlobalPoolOptions{}, {x});
  net.add("linear", LinearOptions{.out_features = classes}, {x});
  return net;
}

}  // namespace nibble::models
