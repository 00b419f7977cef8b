#pragma once

#include <string>

#include "core/check.h"
#include "core/shape.h"

namespace nibble::models {

/// Writes a cfg of darknet, layer by layer; layer() is the number of the last one.
class CfgWriter {
 public:
  explicit CfgWriter(const Shape& input)
      : text_(str("[net]\nheight=", input[0], "\nwidth=", input[1], "\nchannels=", input[2], "\n")) {}

  struct Convolution {
    int filters = 1, size = 1, stride = 1, groups = 1;
    const char* activation = "leaky";
    bool norm = true;
  };
  void convolution(const Convolution& c) {
    add("convolutional",
        str("batch_normalize=", c.norm ? 1 : 0, "\nfilters=", c.filters, "\nsize=", c.size,
            "\nstride=", c.stride, "\ngroups=", c.groups, "\npad=1\nactivation=", c.activation));
  }
  /// layers: "-1,54"
  void route(const std::string& layers) { add("route", "layers=" + layers); }
  void shortcut(int from) { add("shortcut", str("from=", from, "\nactivation=linear")); }
  void maxpool(int size, int stride) { add("maxpool", str("size=", size, "\nstride=", stride)); }
  void upsample() { add("upsample", "stride=2"); }
  void add(const std::string& section, const std::string& lines) {
    text_ += str("[", section, "]\n", lines, "\n");
    ++layer_;
  }

  int layer() const { return layer_; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  int layer_ = -1;
};

/// Spatial pyramid pooling (He et al. 2014, arXiv 1406.4729) as darknet's cfgs have it: the input beside its
/// maxima over windows of three sizes, the largest first.
inline void pyramid_pooling(CfgWriter& cfg, int small, int middle, int large) {
  cfg.maxpool(small, 1);
  cfg.route("-2");
  cfg.maxpool(middle, 1);
  cfg.route("-4");
  cfg.maxpool(large, 1);
  cfg.route("-1,-3,-5,-6");
}

/// A 1x1 convolution and its [yolo].
struct DetectorHead {
  std::string anchors;  // "10,14, 23,27", of all heads
  int anchor_count = 0;
  int first = 0;      // of the three anchors in a row that are this head's
  std::string rules;  // further lines of [yolo]
};
inline void detector_head(CfgWriter& cfg, const DetectorHead& head, int classes) {
  cfg.convolution({.filters = 3 * (5 + classes), .activation = "linear", .norm = false});
  cfg.add("yolo", str("mask=", head.first, ",", head.first + 1, ",", head.first + 2, "\nanchors=",
                      head.anchors, "\nnum=", head.anchor_count, "\nclasses=", classes, "\n", head.rules));
}

}  // namespace nibble::models
