#include "experiments/tasks/integer_boxes.h"

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

std::vector<Detection> detections(const std::vector<edge::Box>& boxes, const Shape& network, long width,
                                  long height) {
  const double x = static_cast<double>(width) / static_cast<double>(network[1] * edge::kBoxUnit),
               y = static_cast<double>(height) / static_cast<double>(network[0] * edge::kBoxUnit);
  std::vector<Detection> found;
  for (const edge::Box& box : boxes) {
    found.push_back({box.label,
                     static_cast<double>(box.score) / 4294967296.0,
                     {box.left * x, box.top * y, (box.right - box.left) * x, (box.bottom - box.top) * y}});
  }
  return found;
}

}  // namespace nibble
