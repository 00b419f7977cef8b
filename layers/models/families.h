#pragma once

#include <array>
#include <cmath>

#include "core/check.h"
#include "layers/models/models.h"

namespace nibble::models {

// One builder a family; models.cpp lists the kinds and calls them, with the activation chosen.

inline ActivationOptions chosen_activation(const ModelOptions& options) {
  return {.kind = activation_of(options), .slope = options.slope};
}

/// The width as a number of features or channels; `otherwise` where it is 0.
inline int whole_width(const ModelOptions& options, int otherwise) {
  check(options.width == std::floor(options.width), "model '", options.kind, "': found width ", options.width,
        ", expected a whole number");
  return options.width > 0 ? static_cast<int>(options.width) : otherwise;
}

/// The width as a factor of all channels; 1 where it is 0.
inline double width_factor(const ModelOptions& options) { return options.width > 0 ? options.width : 1; }

/// flatten, two hidden linear layers of `width` features (default 64), scores.
Network mlp(const ModelOptions& options, const Shape& sample, int classes, Rng rng);

/// The CIFAR ResNet of 6n + 2 layers (He et al. 2015, section 4.2).
Network resnet_cifar(int depth, const ModelOptions& options, const Shape& sample, int classes, Rng rng);

/// Three stages of two 3x3 convolutions and a max pooling, `width` channels in the first (default 128), then
/// scores: the "VGG-small" of the quantization literature.
Network vgg_small(const ModelOptions& options, const Shape& sample, int classes, Rng rng);

/// Blocks of the four stages of an ImageNet ResNet, of two 3x3 convolutions or of 1x1, 3x3, 1x1.
struct ResNetLayers {
  std::array<int, 4> blocks;
  bool bottleneck;
};
Network resnet_imagenet(const ResNetLayers& layers, const ModelOptions& options, const Shape& sample,
                        int classes, Rng rng);

/// Embedding, `layers` recurrent layers of `width` units (default 200), scores of all words (Zaremba et al.
/// 2014, arXiv 1409.2329): the embedding has as many features as a layer has units.
Network language_model(RecurrentKind kind, const ModelOptions& options, const Shape& sample, int words,
                       Rng rng);

/// `width` is a factor of all channels. Of V1 the products are rounded down, as Keras does; of V2 they become
/// the next multiples of 8 that are not much smaller, as torchvision does.
Network mobilenet_v1(const ModelOptions& options, const Shape& sample, int classes, Rng rng);
Network mobilenet_v2(const ModelOptions& options, const Shape& sample, int classes, Rng rng);
Network efficientnet_b0(const ModelOptions& options, const Shape& sample, int classes, Rng rng);

}  // namespace nibble::models
