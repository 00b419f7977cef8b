#pragma once

#include <vector>

#include "layers/darknet/darknet.h"
#include "layers/models/models.h"

namespace nibble {

/// Whether a cfg of darknet describes the network: kind darknet, whose cfg is a file, or one whose cfg is
/// composed here (detectors.h). Layers say their activations themselves.
bool has_cfg(const ModelOptions& options);

/// The sections of that cfg, for samples [H, W, C] and a number of classes. Throws Error for a kind darknet
/// without a file, whose input or numbers of classes are others, and for sides that a built-in detector
/// cannot read.
std::vector<darknet::Section> cfg_of(const ModelOptions& options, const Shape& sample, int classes);

/// How the network's outputs become boxes; none: it finds none.
std::vector<darknet::YoloHead> heads_of(const ModelOptions& options, const Shape& sample, int classes);

/// The network: a classifier, or with [yolo] a detector.
Network build_cfg_model(const ModelOptions& options, const Shape& sample, int classes, Rng rng);

}  // namespace nibble
