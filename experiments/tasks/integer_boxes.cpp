#include "experiments/tasks/integer_boxes.h"

#include <algorithm>

#include "core/check.h"
#include "edge/lower/box_tables.h"

namespace nibble {

edge::BoxDecoder box_decoder(const edge::IntegerGraph& graph, const std::vector<darknet::YoloHead>& heads,
                             double threshold, double suppression) {
  check(graph.outputs.size() == heads.size(), "detection: found ", graph.outputs.size(),
        " outputs, expected ", heads.size(), ": one for each [yolo]");
  edge::BoxDecoder decoder;
  decoder.threshold = edge::score_of(threshold);
  decoder.overlap = edge::overlap_of(suppression);
  decoder.by_distance = heads.front().suppression == darknet::NmsKind::distance;
  for (std::size_t k = 0; k < heads.size(); ++k) {
    edge::RealBoxHead head{.anchors = {},
                           .classes = heads[k].classes,
                           .scale_x_y = heads[k].scale_x_y,
                           .new_coords = heads[k].new_coords};
    for (const darknet::YoloHead::Anchor& anchor : heads[k].anchors)
      head.anchors.push_back({anchor.width, anchor.height});
    decoder.heads.push_back(edge::box_head(graph.tensor(graph.outputs[k]), graph.input().shape, head));
  }
  return decoder;
}

std::vector<Detection> detections(const std::vector<edge::Box>& boxes, const Rectangle& frame, long width,
                                  long height) {
  // An edge that lies so many units of the device behind a side of the frame.
  const auto place = [](long units, long first, long extent, long pixels) {
    const double scale = static_cast<double>(pixels) / static_cast<double>(extent * edge::kBoxUnit);
    return std::clamp(static_cast<double>(units - first * edge::kBoxUnit) * scale, 0.0,
                      static_cast<double>(pixels));
  };
  std::vector<Detection> found;
  for (const edge::Box& box : boxes) {
    const double left = place(box.left, frame.left, frame.width, width),
                 right = place(box.right, frame.left, frame.width, width),
                 top = place(box.top, frame.top, frame.height, height),
                 bottom = place(box.bottom, frame.top, frame.height, height);
    found.push_back(
        {box.label, static_cast<double>(box.score) / 4294967296.0, {left, top, right - left, bottom - top}});
  }
  return found;
}

}  // namespace nibble
