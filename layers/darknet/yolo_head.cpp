#include "layers/darknet/yolo_head.h"

#include <algorithm>

#include "core/check.h"
#include "core/suggest.h"

namespace nibble::darknet {
namespace {

std::optional<OverlapKind> parse_overlap(const Section& s) {
  const std::pair<const char*, std::optional<OverlapKind>> kinds[] = {{"mse", {}},
                                                                      {"iou", OverlapKind::plain},
                                                                      {"giou", OverlapKind::generalized},
                                                                      {"diou", OverlapKind::distance},
                                                                      {"ciou", OverlapKind::complete}};
  const std::string word = s.word("iou_loss", "mse");
  std::vector<std::string> names;
  for (const auto& [name, kind] : kinds) {
    if (word == name) return kind;
    names.emplace_back(name);
  }
  fail(s.where("iou_loss"), ": found '", word, "', expected one of ", join(names), did_you_mean(word, names));
}

YoloLossRules parse_loss(const Section& s) {
  constexpr Section::Range kShare{0, 1}, kWeight{0, 1e6};
  YoloLossRules loss;
  loss.ignore_threshold = s.number("ignore_thresh", kShare, loss.ignore_threshold);
  loss.anchor_threshold = s.number("iou_thresh", kShare, loss.anchor_threshold);
  loss.object_weight = s.number("obj_normalizer", kWeight, loss.object_weight);
  loss.class_weight = s.number("cls_normalizer", kWeight, loss.class_weight);
  loss.box_weight = s.number("iou_normalizer", kWeight, loss.box_weight);
  loss.longest_pull = s.number("max_delta", {0, 1e6}, loss.longest_pull);
  loss.label_smoothing = s.number("label_smooth_eps", {0, 0.99}, 0);
  loss.boxes_by = parse_overlap(s);
  const double truth = s.number("truth_thresh", {0, 1e6}, 1);
  if (truth < 1)
    loss.unsupported = str(s.where("truth_thresh"), ": found ", truth, ", expected at least 1 to train with");
  return loss;
}

}  // namespace

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
  for (std::size_t i = 0; i < anchors.size(); i += 2)
    head.all_anchors.push_back({anchors[i], anchors[i + 1]});
  for (const int i : mask) head.anchors.push_back(head.all_anchors[static_cast<std::size_t>(i)]);
  head.mask = std::move(mask);
  head.scale_x_y = s.number("scale_x_y", {0.1, 10}, 1);
  head.new_coords = s.flag("new_coords", false);
  const std::string nms = s.word("nms_kind", "greedynms");
  check(nms == "greedynms" || nms == "diounms" || nms == "default", s.where("nms_kind"), ": found '", nms,
        "', expected greedynms, diounms or default", did_you_mean(nms, {"greedynms", "diounms", "default"}));
  head.suppression = nms == "diounms" ? NmsKind::distance : NmsKind::greedy;
  head.loss = parse_loss(s);
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
      "beta_nms",       "max_delta",      "new_coords",     "resize",    "label_smooth_eps"};
  return keys;
}

}  // namespace nibble::darknet
