#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "layers/darknet/box_overlap.h"
#include "layers/darknet/cfg.h"

namespace nibble::darknet {

enum class NmsKind { greedy, distance };

/// What a [yolo] section says about the loss of its boxes (yolo_loss.h), with darknet's values for what it
/// does not say.
struct YoloLossRules {
  double ignore_threshold = 0.5;  // a box that overlaps an object by more need not say that nothing is there
  double anchor_threshold = 1;  // iou_thresh: anchors that fit an object better than this answer for it, too
  std::optional<OverlapKind> boxes_by{};  // iou_loss; none: mse, squared differences of the four numbers
  double object_weight = 1, class_weight = 1, box_weight = 0.75;  // obj_, cls_ and iou_normalizer
  double longest_pull = std::numeric_limits<double>::infinity();  // max_delta
  double label_smoothing = 0;                                     // label_smooth_eps
  std::string unsupported;  // what of the section's loss we do not have, as a sentence; empty: nothing
};

/// What a [yolo] section says about the boxes of one of the network's outputs. The output is what stands in
/// front of it: for each anchor of the mask x, y, w, h, objectness and the classes, as numbers without
/// bounds.
struct YoloHead {
  struct Anchor {
    double width, height;  // in pixels of the net's input
  };
  std::vector<Anchor> anchors;      // of the mask, in its order
  std::vector<Anchor> all_anchors;  // of the network, those of other heads too
  std::vector<int> mask;            // anchors[k] is all_anchors[mask[k]]
  int classes = 0;
  double scale_x_y = 1;
  bool new_coords = false;  // w and h are (2σ(t))² · anchor instead of eᵗ · anchor, after a logistic layer
  NmsKind suppression = NmsKind::greedy;
  YoloLossRules loss;
};

/// Throws Error naming file and line for a key, a number or a word that is unknown.
YoloHead parse_head(const Section& section);
/// Of all [yolo] sections, in order. A network of the same cfg has as many outputs.
std::vector<YoloHead> heads_of(const std::vector<Section>& sections);

/// The keys that such a section may have.
const std::vector<std::string>& yolo_keys();

}  // namespace nibble::darknet
