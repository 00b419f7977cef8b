#pragma once

#include <vector>

#include "layers/darknet/cfg.h"

namespace nibble::darknet {

enum class NmsKind { greedy, distance };

/// What a [yolo] section says about the boxes of one of the network's outputs. The output is what stands in
/// front of it: for each anchor of the mask x, y, w, h, objectness and the classes, as numbers without
/// bounds. What it says about the loss is not used.
struct YoloHead {
  struct Anchor {
    double width, height;  // in pixels of the net's input
  };
  std::vector<Anchor> anchors;  // of the mask, in its order
  int classes = 0;
  double scale_x_y = 1;
  bool new_coords = false;  // w and h are (2σ(t))² · anchor instead of eᵗ · anchor, after a logistic layer
  NmsKind suppression = NmsKind::greedy;
};

/// Throws Error naming file and line for a key, a number or a word that is unknown.
YoloHead parse_head(const Section& section);
/// Of all [yolo] sections, in order. A network of the same cfg has as many outputs.
std::vector<YoloHead> heads_of(const std::vector<Section>& sections);

/// The keys that such a section may have.
const std::vector<std::string>& yolo_keys();

}  // namespace nibble::darknet
