// MobileNet-V1 (Howard et al. 2017, arXiv 1704.04861, table 1) as Keras has it, names and paddings included.
// Its running statistics follow a batch as those of our other nets do, not with Keras' momentum of 0.99.
#include "layers/models/families.h"
#include "layers/models/inverted_residual.h"

namespace nibble::models {
namespace {

// TensorFlow's SAME: ⌈in / stride⌉ outputs. Where the padding is odd, its larger half stands at the end.
int same_padding(long in, int kernel, int stride) {
  const long out = (in + stride - 1) / stride;
  return static_cast<int>(std::max((out - 1) * stride + kernel - in, 0L));
}

Conv2dOptions padded_same(Conv2dOptions conv, const Shape& image) {
  const int h = same_padding(image[0], conv.kernel.h, conv.stride.h),
            w = same_padding(image[1], conv.kernel.w, conv.stride.w);
  conv.padding = {h / 2, w / 2};
  conv.extra = {h % 2, w % 2};
  return conv;
}

}  // namespace

Network mobilenet_v1(const ModelOptions& options, const Shape& sample, int classes, Rng rng) {
  struct Block {
    int channels, stride;
  };
  constexpr Block kBlocks[] = {{64, 1},  {128, 2}, {128, 1}, {256, 2}, {256, 1},  {512, 2}, {512, 1},
                               {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1}};
  const double factor = width_factor(options);
  const auto scaled = [&](int channels) {
    const int found = static_cast<int>(channels * factor);
    check(found > 0, "mobilenet_v1: found width ", factor, ", expected one that leaves a channel of 32");
    return found;
  };
  Network net(rng);
  NodeRef x = net.add_input("input", sample);
  const auto add = [&](const std::string& name, const Conv2dOptions& conv) {
    x = net.add(name, padded_same(conv, net.shape(x)), {x});
    x = net.add(name + "_bn", BatchNormOptions{.epsilon = 1e-3}, {x});
    x = net.add(name + "_relu", chosen_activation(options), {x});
  };
  add("conv1", {.out_channels = scaled(32), .stride = {2, 2}});
  int index = 0;
  for (const Block& block : kBlocks) {
    const int channels = static_cast<int>(net.shape(x).back());
    add(str("conv_dw_", ++index), depthwise(channels, 3, block.stride));
    add(str("conv_pw_", index), pointwise(scaled(block.channels)));
  }
  x = net.add("pool", GlobalPoolOptions{}, {x});
  x = net.add("dropout", DropoutOptions{.rate = 0.001}, {x});
  net.add("conv_preds", LinearOptions{.out_features = classes}, {x});
  return net;
}

}  // namespace nibble::models
