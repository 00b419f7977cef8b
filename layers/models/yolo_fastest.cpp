#include "layers/models/cfg_writer.h"
#include "layers/models/detectors.h"

namespace nibble::models {
namespace {

// An inverted residual; the dropout stands in the residual branch.
struct InvertedResidual {
  int expanded, stride, channels;
};

void inverted_residual(CfgWriter& cfg, const InvertedResidual& block) {
  cfg.convolution({.filters = block.expanded});
  cfg.convolution({.filters = block.expanded, .size = 3, .stride = block.stride, .groups = block.expanded});
  cfg.convolution({.filters = block.channels, .activation = "linear"});
}

// Two depthwise separable convolutions of 5x5.
void separable_twice(CfgWriter& cfg, int channels) {
  for (int i = 0; i < 2; ++i) {
    cfg.convolution({.filters = channels, .size = 5, .groups = channels});
    cfg.convolution({.filters = channels, .activation = "linear"});
  }
}

}  // namespace

std::string yolo_fastest_cfg(int width, const Shape& input, int classes) {
  struct Stage {
    InvertedResidual first;
    int expanded, repeats;  // residual blocks behind the first
  };
  constexpr Stage kStages[] = {{{8, 1, 4}, 8, 1},    {{24, 2, 8}, 32, 2},   {{32, 2, 8}, 48, 2},
                               {{48, 1, 16}, 96, 4}, {{96, 2, 24}, 136, 4}, {{136, 2, 48}, 224, 5}};
  constexpr int kNeck = 96, kFineStage = 4;
  CfgWriter cfg(input);
  cfg.convolution({.filters = 8 * width, .size = 3, .stride = 2});
  int lateral = 0, fine_channels = 0;
  for (const Stage& stage : kStages) {
    const int channels = stage.first.channels * width;
    inverted_residual(cfg, {stage.first.expanded * width, stage.first.stride, channels});
    for (int i = 0; i < stage.repeats; ++i) {
      inverted_residual(cfg, {stage.expanded * width, 1, channels});
      cfg.add("dropout", str("probability=", width == 1 ? 0.15 : 0.2));
      cfg.shortcut(-5);
    }
    if (&stage == &kStages[kFineStage]) lateral = cfg.layer(), fine_channels = channels;
  }
  pyramid_pooling(cfg, 3, 5, 9);
  cfg.convolution({.filters = kNeck});
  const int neck = cfg.layer();
  const auto head = [&](int first) {
    detector_head(cfg,
                  {.anchors = "12,18, 37,49, 52,132, 115,73, 119,199, 242,238",
                   .anchor_count = 6,
                   .first = first,
                   .rules = "iou_loss=ciou\niou_normalizer=0.07\ncls_normalizer=1\nignore_thresh=0.5\n"
                            "iou_thresh=0.213"},
                  classes);
  };
  separable_twice(cfg, kNeck);
  head(3);
  cfg.route(str(neck));
  cfg.upsample();
  cfg.route(str("-1,", lateral));
  separable_twice(cfg, kNeck + fine_channels);
  head(0);
  return cfg.text();
}

}  // namespace nibble::models
