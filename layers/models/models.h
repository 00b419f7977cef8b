#pragma once

#include <optional>
#include <string>
#include <vector>

#include "layers/darknet/darknet.h"
#include "layers/network/network.h"

namespace nibble {

enum class Shortcut { subsample, projection };  // options A and B of He et al. 2015

struct ModelOptions {
  std::string kind = "resnet20";
  std::optional<ActivationKind> activation = {};  // none: the model's own
  double slope = 0.1;                             // of leaky_relu below zero
  Shortcut shortcut = Shortcut::subsample;
  // mlp, language models: hidden features; vgg: channels of the first stage; mobilenets: a factor of all
  // channels. 0: the model's default.
  double width = 0;
  // Language models.
  int layers = 1;
  double dropout = 0;                // between embedding, layers and scores
  bool variational_dropout = false;  // one mask for all steps of a batch
  bool tied = false;                 // the scores' weight is the embedding
  double first_weights = 0.1;        // drawn evenly from ± this
  // darknet: the file that describes the network, and how its norms keep away from zero.
  std::string cfg = {}, cfg_hash = {};
  darknet::NormForm norm = darknet::NormForm::alexeyab;
};

/// Builds a network for samples [H, W, C] and a number of classes. Throws Error, with a suggestion, for an
/// unknown kind.
Network build_model(const ModelOptions& options, const Shape& sample, int classes, Rng rng);

/// The activation that build_model uses: the options', or else the kind's own (relu for an unknown kind).
ActivationKind activation_of(const ModelOptions& options);

/// Every kind with one line on what it is.
struct ModelKind {
  const char* kind;
  const char* description;
};
std::vector<ModelKind> model_kinds();

}  // namespace nibble
