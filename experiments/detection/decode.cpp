#include "experiments/detection/decode.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace nibble {
namespace {

double logistic(double t) { return 1 / (1 + std::exp(-t)); }

// From shares of what the network read to pixels of the picture, and clipped to it.
Extent in_picture(double x, double y, double w, double h, const DecodeRules& picture) {
  const auto share = [](long part, long all) { return static_cast<double>(part) / static_cast<double>(all); };
  const Shape& network = picture.network;
  const Rectangle frame = picture.frame.value_or(Rectangle{0, 0, network[0], network[1]});
  const double across = share(frame.width, network[1]), down = share(frame.height, network[0]);
  const auto width = static_cast<double>(picture.width), height = static_cast<double>(picture.height);
  x = (x - share(frame.left, network[1])) / across * width, w = w / across * width;
  y = (y - share(frame.top, network[0])) / down * height, h = h / down * height;
  const auto clip = [](double v, long end) { return std::clamp(v, 0.0, static_cast<double>(end)); };
  const double left = clip(x - w / 2, picture.width), right = clip(x + w / 2, picture.width),
               top = clip(y - h / 2, picture.height), bottom = clip(y + h / 2, picture.height);
  return {left, top, right - left, bottom - top};
}

}  // namespace

std::vector<Detection> decode(const Real* head, const Shape& shape, const darknet::YoloHead& rules,
                              const DecodeRules& picture) {
  const long values = 5 + rules.classes, anchors = static_cast<long>(rules.anchors.size());
  check(shape.rank() == 3 && shape[2] == anchors * values, "detection: found a head of shape ", shape,
        ", expected ", anchors * values, " channels");
  const double high = static_cast<double>(shape[0]), wide = static_cast<double>(shape[1]);
  const auto probability = [&](Real t) {
    return rules.new_coords ? static_cast<double>(t) : logistic(static_cast<double>(t));
  };
  const auto place = [&](Real t) { return probability(t) * rules.scale_x_y - (rules.scale_x_y - 1) / 2; };
  const auto extent = [&](Real t) {
    const double v = static_cast<double>(t);
    return rules.new_coords ? 4 * v * v : std::exp(v);
  };
  std::vector<Detection> found;
  for (long i = 0; i < shape[0]; ++i) {
    for (long j = 0; j < shape[1]; ++j) {
      for (long a = 0; a < anchors; ++a) {
        const Real* const t = head + ((i * shape[1] + j) * anchors + a) * values;
        const double object = probability(t[4]);
        if (!(object > picture.threshold)) continue;  // no class is above it then
        const darknet::YoloHead::Anchor& anchor = rules.anchors[static_cast<std::size_t>(a)];
        const Extent box = in_picture(
            (static_cast<double>(j) + place(t[0])) / wide, (static_cast<double>(i) + place(t[1])) / high,
            extent(t[2]) * anchor.width / static_cast<double>(picture.network[1]),
            extent(t[3]) * anchor.height / static_cast<double>(picture.network[0]), picture);
        for (int c = 0; c < rules.classes; ++c) {
          const double score = object * probability(t[5 + c]);
          if (score > picture.threshold) found.push_back({c, score, box});
        }
      }
    }
  }
  return found;
}

std::vector<Detection> find_boxes(const std::vector<Tensor>& outputs, long row,
                                  const std::vector<darknet::YoloHead>& heads, const DecodeRules& picture,
                                  double suppression, std::size_t most) {
  check(outputs.size() == heads.size(), "detection: found ", outputs.size(), " outputs, expected ",
        heads.size(), ": one for each [yolo]");
  std::vector<Detection> found;
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    const Shape& shape = outputs[k].shape();
    const auto more =
        decode(outputs[k].data() + row * shape.row(), {shape[1], shape[2], shape[3]}, heads[k], picture);
    found.insert(found.end(), more.begin(), more.end());
  }
  const bool by_distance = heads.front().suppression == darknet::NmsKind::distance;
  return suppress(std::move(found), suppression, by_distance ? Suppression::distance : Suppression::greedy,
                  most);
}

}  // namespace nibble
