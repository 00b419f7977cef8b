#pragma once

#include <vector>

#include "datasets/images/resample.h"
#include "edge/graph/integer_graph.h"
#include "experiments/detection/detection.h"
#include "layers/darknet/yolo_head.h"

namespace nibble {

/// How the outputs of a graph become boxes on the device: each is what stands in front of a [yolo], in the
/// order of `heads`. The first of these says by which rule boxes are suppressed.
///   threshold: least score where the caller of the C names none; suppression: overlap of two boxes of one
///   class
edge::BoxDecoder box_decoder(const edge::IntegerGraph& graph, const std::vector<darknet::YoloHead>& heads,
                             double threshold, double suppression);

/// Boxes of the device as detections in a picture of so many pixels, which it saw in `frame`, a part of its
/// input; clipped to the picture.
std::vector<Detection> detections(const std::vector<edge::Box>& boxes, const Rectangle& frame, long width,
                                  long height);

}  // namespace nibble
