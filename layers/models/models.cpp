#include "layers/models/models.h"

#include <functional>

#include "core/suggest.h"
#include "layers/models/cfg_models.h"
#include "layers/models/families.h"

namespace nibble {
namespace {

using Builder = std::function<Network(const ModelOptions&, const Shape& sample, int classes, Rng)>;

Builder resnet_of_depth(int depth) {
  return [depth](const ModelOptions& options, const Shape& sample, int classes, Rng rng) {
    return models::resnet_cifar(depth, options, sample, classes, rng);
  };
}

Builder resnet_of(const models::ResNetLayers& layers) {
  return [layers](const ModelOptions& options, const Shape& sample, int classes, Rng rng) {
    return models::resnet_imagenet(layers, options, sample, classes, rng);
  };
}

Builder language_model_of(RecurrentKind kind) {
  return [kind](const ModelOptions& options, const Shape& sample, int words, Rng rng) {
    return models::language_model(kind, options, sample, words, rng);
  };
}

// A new model is a line here and a builder in its own file.
struct Entry {
  ModelKind kind;
  Builder build;
  ActivationKind activation = ActivationKind::relu;  // the model's own
};

const std::vector<Entry>& table() {
  static const std::vector<Entry> entries{
      {{"mlp", "two hidden linear layers"}, models::mlp},
      {{"resnet8", "CIFAR ResNet with 1 block a stage, 0.08 M parameters"}, resnet_of_depth(8)},
      {{"resnet20", "CIFAR ResNet with 3 blocks a stage, 0.27 M parameters"}, resnet_of_depth(20)},
      {{"resnet32", "CIFAR ResNet with 5 blocks a stage, 0.46 M parameters"}, resnet_of_depth(32)},
      {{"resnet44", "CIFAR ResNet with 7 blocks a stage, 0.66 M parameters"}, resnet_of_depth(44)},
      {{"resnet56", "CIFAR ResNet with 9 blocks a stage, 0.85 M parameters"}, resnet_of_depth(56)},
      {{"resnet18", "ImageNet ResNet with 2 blocks a stage, 11.7 M parameters"},
       resnet_of({{2, 2, 2, 2}, false})},
      {{"resnet34", "ImageNet ResNet with 16 blocks, 21.8 M parameters"}, resnet_of({{3, 4, 6, 3}, false})},
      {{"resnet50", "ImageNet ResNet with 16 bottlenecks, 25.6 M parameters"},
       resnet_of({{3, 4, 6, 3}, true})},
      {{"mobilenet_v1", "13 depthwise separable convolutions, 4.2 M parameters; paddings as TensorFlow's"},
       models::mobilenet_v1,
       ActivationKind::relu6},
      {{"mobilenet_v2", "17 inverted residuals, 3.5 M parameters"},
       models::mobilenet_v2,
       ActivationKind::relu6},
      {{"efficientnet_b0", "16 inverted residuals with squeeze-and-excitation, 5.3 M parameters"},
       models::efficientnet_b0,
       ActivationKind::swish},
      {{"vgg_small", "six 3x3 convolutions in three stages and one linear layer"}, models::vgg_small},
      {{"yolov4", "detector: CSPDarknet53 and three heads, 64.4 M parameters with 80 classes"},
       build_cfg_model},
      {{"yolov4-tiny", "detector: 21 convolutions and two heads, 6.1 M parameters with 80 classes"},
       build_cfg_model},
      {{"yolo-fastest", "detector: inverted residuals and two heads, 0.33 M parameters with 80 classes"},
       build_cfg_model},
      {{"yolo-fastest-xl", "the same with twice the channels, 0.90 M parameters"}, build_cfg_model},
      {{"darknet", "what model.cfg says, a cfg file of darknet"}, build_cfg_model},
      {{"lstm", "word language model: embedding, LSTM layers, scores"},
       language_model_of(RecurrentKind::lstm)},
      {{"gru", "word language model: embedding, GRU layers, scores"}, language_model_of(RecurrentKind::gru)},
  };
  return entries;
}

}  // namespace

Network build_model(const ModelOptions& options, const Shape& sample, int classes, Rng rng) {
  check(classes > 1, "model '", options.kind, "': found ", classes, " classes, expected at least 2");
  check(options.width >= 0, "model '", options.kind, "': found width ", options.width,
        ", expected at least 0");
  const auto& entries = table();
  for (const Entry& entry : entries) {
    if (options.kind != entry.kind.kind) continue;
    check(!has_cfg(options) || !options.activation, "model.activation: found one for kind ", options.kind,
          ", expected own: its cfg says it layer by layer");
    ModelOptions resolved = options;
    resolved.activation = activation_of(options);
    return entry.build(resolved, sample, classes, rng);
  }
  std::vector<std::string> kinds;
  for (const Entry& entry : entries) kinds.emplace_back(entry.kind.kind);
  fail("model: unknown kind '", options.kind, "'", did_you_mean(options.kind, kinds));
}

ActivationKind activation_of(const ModelOptions& options) {
  if (options.activation) return *options.activation;
  for (const Entry& entry : table()) {
    if (options.kind == entry.kind.kind) return entry.activation;
  }
  return ActivationKind::relu;
}

std::vector<ModelKind> model_kinds() {
  std::vector<ModelKind> kinds;
  for (const Entry& entry : table()) kinds.push_back(entry.kind);
  return kinds;
}

}  // namespace nibble
