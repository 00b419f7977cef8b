#pragma once

#include <string>
#include <vector>

#include "layers/network.h"

namespace nibble {

enum class Shortcut { subsample, projection };  // options A and B of He et al. 2015

struct ModelOptions {
  std::string kind = "resnet20";
  ActivationOptions activation =
      {};  // relu: that of the model's own where it has one (mobilenet_v2, efficientnet_b0)
  Shortcut shortcut = Shortcut::subsample;
  int width = 0;  // mlp: hidden features; vgg: channels of the first stage; 0: the model's default
};

/// Builds a network for samples [H, W, C] and a number of classes. Throws Error, with a suggestion, for an
/// unknown kind.
Network build_model(const ModelOptions& options, const Shape& sample, int classes, Rng rng);

/// Every kind with one line on what it is.
struct ModelKind {
  const char* kind;
  const char* description;
};
std::vector<ModelKind> model_kinds();

}  // namespace nibble
