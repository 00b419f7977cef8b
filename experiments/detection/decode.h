#pragma once

#include <optional>
#include <vector>

#include "core/array.h"
#include "datasets/images/resample.h"
#include "experiments/detection/detection.h"
#include "layers/darknet/darknet.h"

namespace nibble {

struct DecodeRules {
  Shape network;                     // what the network read: [height, width, channels]
  long width = 0, height = 0;        // of the picture
  double threshold = 0.005;          // of scores; what is not above it is no detection
  std::optional<Rectangle> frame{};  // where the network saw the picture; none: stretched over all of it
};

/// The objects that one head of a YOLO network speaks of in one picture, clipped to it. With t the head's
/// numbers, σ the logistic function, and s the head's scale_x_y, in cell (i, j) of H x W:
///   centre  x = (j + s · σ(tx) − (s − 1) / 2) / W,  y likewise     (shares of what the network read)
///   extent  w = anchor · e^tw / network width, or with new_coords anchor · (2 tw)² / network width
/// and then in the picture, which the network saw in its frame:  x' = (x − frame left) / frame width,
///   score of class c = σ(t objectness) · σ(tc); with new_coords all are logistic already
/// (darknet's yolo_layer.c). Every class above the threshold is a detection.
///   head: [H, W, anchors · (5 + classes)], row-major
std::vector<Detection> decode(const Real* head, const Shape& shape, const darknet::YoloHead& rules,
                              const DecodeRules& picture);

/// What all heads find in row `row` of a network's outputs, [N, H, W, ...] each, behind suppression by the
/// rule of the first head: best scores first, at most `most` of a class. Throws Error where there is not a
/// head for each output.
std::vector<Detection> find_boxes(const std::vector<Tensor>& outputs, long row,
                                  const std::vector<darknet::YoloHead>& heads, const DecodeRules& picture,
                                  double suppression, std::size_t most = kAllFound);

}  // namespace nibble
