#pragma once

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

/// NAME/0: convolution, NAME/1: batch norm, NAME/2: activation.
NodeRef conv_norm_activation(Network& net, const std::string& name, NodeRef x, const Conv2dOptions& conv,
                             const ActivationOptions& activation);

}  // namespace nibble::models
