#pragma once

#include <functional>

#include "layers/models/models.h"

namespace nibble::models {

// What MobileNet-V2 and EfficientNet are built of.

inline Conv2dOptions pointwise(int channels) {
  return {.out_channels = channels, .kernel = {1, 1}, .padding = {0, 0}};
}

inline Conv2dOptions depthwise(int channels, int kernel, int stride) {
  return {.out_channels = channels,
          .kernel = {kernel, kernel},
          .stride = {stride, stride},
          .padding = {kernel / 2, kernel / 2},
          .groups = channels};
}

/// The first part of an inverted residual: a pointwise convolution to `expansion` times the channels (none
/// for 1), then a depthwise one. `next_name` yields the names of the parts.
NodeRef expand_and_filter(Network& net, NodeRef x, int expansion, int kernel, int stride,
                          const ActivationOptions& activation, const std::function<std::string()>& next_name);

/// y + x behind a block of stride 1 that keeps the channels, else y.
NodeRef with_residual(Network& net, const std::string& name, NodeRef y, NodeRef x, int stride);

/// What both nets end with: a pointwise convolution (NAME), means, dropout of 0.2 and the scores.
struct Head {
  int channels, classes;
};
void classify(Network& net, const std::string& name, NodeRef x, const Head& head,
              const ActivationOptions& activation);

/// NAME/0: convolution, NAME/1: batch norm, NAME/2: activation.
NodeRef conv_norm_activation(Network& net, const std::string& name, NodeRef x, const Conv2dOptions& conv,
                             const ActivationOptions& activation);

}  // namespace nibble::models
