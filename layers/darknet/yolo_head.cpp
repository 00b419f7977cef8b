#include "layers/darknet/yolo_head.h"

#include "core/check.h"
#include "core/suggest.h"

namespace nibble::darknet {

YoloHead parse_head(const Section& s) {
  YoloHead head;
  head.classes = s.whole("classes", {1, 65536}, 20);
  const int count = s.whole("num", {1, 1000}, 1);
  const std::vector<double> anchors = s.numbers("anchors", {0.001, 1e6});
  check(anchors.size() == 2 * static_cast<std::size_t>(count), s.where("anchors"), ": found ", anchors.size(),
        " numbers, expected a width and a height for each of num = ", count);
  std::vector<int> mask = s.wholes("mask", {0, count - 1.0});
  if (!s.has("mask")) {
    for (int i = 0; i < count; ++i) mask.push_back(i);
  }
  for (const int i : mask) {
    const auto at = 2 * static_cast<std::size_t>(i);
    head.anchors.push_back({anchors[at], anchors[at + 1]});
  }
  head.scale_x_y = s.number("scale_x_y", {0.1, 10}, 1);
  head.new_coords = s.flag("new_coords", false);
  const std::string nms = s.word("nms_kind", "greedynms");
  check(nms == "greedynms" || nms == "diounms" || nms == "default", s.where("nms_kind"), ": found '", nms,
        "', expected greedynms, diounms or default", did_you_mean(nms, {"greedynms", "diounms", "default"}));
  head.suppression = nms == "diounms" ? NmsKind::distance : NmsKind::greedy;
  return head;
}

std::vector<YoloHead> heads_of(const std::vector<Section>& sections) {
  std::vector<YoloHead> heads;
  for (const Section& section : sections) {
    if (section.name() == "yolo") heads.push_back(parse_head(section));
  }
  return heads;
}

const std::vector<std::string>& yolo_keys() {
  static const std::vector<std::string> keys{
      "mask",           "anchors",        "classes",        "num",       "jitter",
      "ignore_thresh",  "truth_thresh",   "random",         "scale_x_y", "iou_thresh",
      "cls_normalizer", "iou_normalizer", "obj_normalizer", "iou_loss",  "nms_kind",
      "beta_nms",       "max_delta",      "new_coords",     "resize"};
  return keys;
}

}  // namespace nibble::darknet
