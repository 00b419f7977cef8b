#include "layers/models/cfg_writer.h"
#include "layers/models/detectors.h"

namespace nibble::models {
namespace {

constexpr const char* kYoloLoss = "iou_loss=ciou\niou_normalizer=0.07\ncls_normalizer=1\nignore_thresh=0.7\n";

// A cross stage partial stage (arXiv 1911.11929) of darknet: half of the channels pass by the residual
// blocks.
struct CspStage {
  int channels, part, hidden, blocks;
};

void csp_stage(CfgWriter& cfg, const CspStage& stage) {
  const auto convolution = [&](int filters, int size, int stride) {
    cfg.convolution({.filters = filters, .size = size, .stride = stride, .activation = "mish"});
  };
  convolution(stage.channels, 3, 2);
  convolution(stage.part, 1, 1);
  const int passing = cfg.layer();
  cfg.route("-2");
  convolution(stage.part, 1, 1);
  for (int i = 0; i < stage.blocks; ++i) {
    convolution(stage.hidden, 1, 1);
    convolution(stage.part, 3, 1);
    cfg.shortcut(-3);
  }
  convolution(stage.part, 1, 1);
  cfg.route(str("-1,", passing));
  convolution(stage.channels, 1, 1);
}

// 1x1 and 3x3 convolutions in turns, the 3x3 ones with twice the channels. Returns the last layer's number.
int alternating(CfgWriter& cfg, int channels, int count) {
  for (int i = 0; i < count; ++i) {
    const bool wide = i % 2 == 1;
    cfg.convolution({.filters = wide ? 2 * channels : channels, .size = wide ? 3 : 1});
  }
  return cfg.layer();
}

// From coarse to fine: the upsampled map beside that of the backbone.
int towards_fine(CfgWriter& cfg, int channels, int lateral) {
  cfg.convolution({.filters = channels});
  cfg.upsample();
  cfg.route(str(lateral));
  cfg.convolution({.filters = channels});
  cfg.route("-1,-3");
  return alternating(cfg, channels, 5);
}

// And back: behind a head, the map that it read, at half the size beside the coarser one.
void towards_coarse(CfgWriter& cfg, int channels, int lateral) {
  cfg.route("-4");
  cfg.convolution({.filters = channels, .size = 3, .stride = 2});
  cfg.route(str("-1,", lateral));
  alternating(cfg, channels, 5);
}

}  // namespace

std::string yolov4_cfg(const Shape& input, int classes) {
  CfgWriter cfg(input);
  cfg.convolution({.filters = 32, .size = 3, .activation = "mish"});
  int laterals[2] = {};
  csp_stage(cfg, {64, 64, 32, 1});
  csp_stage(cfg, {128, 64, 64, 2});
  csp_stage(cfg, {256, 128, 128, 8});
  laterals[0] = cfg.layer();
  csp_stage(cfg, {512, 256, 256, 8});
  laterals[1] = cfg.layer();
  csp_stage(cfg, {1024, 512, 512, 4});
  alternating(cfg, 512, 3);
  pyramid_pooling(cfg, 5, 9, 13);
  const int coarse = alternating(cfg, 512, 3);
  const int middle = towards_fine(cfg, 256, laterals[1]);
  towards_fine(cfg, 128, laterals[0]);
  const auto head = [&](int channels, int first, double scale) {
    cfg.convolution({.filters = channels, .size = 3});
    detector_head(cfg,
                  {.anchors = "12,16, 19,36, 40,28, 36,75, 76,55, 72,146, 142,110, 192,243, 459,401",
                   .anchor_count = 9,
                   .first = first,
                   .rules = str(kYoloLoss, "iou_thresh=0.213\nmax_delta=5\nscale_x_y=", scale)},
                  classes);
  };
  head(256, 0, 1.2);
  towards_coarse(cfg, 256, middle);
  head(512, 3, 1.1);
  towards_coarse(cfg, 512, coarse);
  head(1024, 6, 1.05);
  return cfg.text();
}

std::string yolov4_tiny_cfg(const Shape& input, int classes) {
  CfgWriter cfg(input);
  cfg.convolution({.filters = 32, .size = 3, .stride = 2});
  cfg.convolution({.filters = 64, .size = 3, .stride = 2});
  int lateral = 0;
  for (const int channels : {64, 128, 256}) {
    cfg.convolution({.filters = channels, .size = 3});
    cfg.add("route", "layers=-1\ngroups=2\ngroup_id=1");
    cfg.convolution({.filters = channels / 2, .size = 3});
    cfg.convolution({.filters = channels / 2, .size = 3});
    cfg.route("-1,-2");
    cfg.convolution({.filters = channels});
    lateral = cfg.layer();
    cfg.route("-6,-1");
    cfg.maxpool(2, 2);
  }
  const auto head = [&](int channels, int first) {
    cfg.convolution({.filters = channels, .size = 3});
    detector_head(cfg,
                  {.anchors = "10,14, 23,27, 37,58, 81,82, 135,169, 344,319",
                   .anchor_count = 6,
                   .first = first,
                   .rules = str(kYoloLoss, "scale_x_y=1.05")},
                  classes);
  };
  cfg.convolution({.filters = 512, .size = 3});
  cfg.convolution({.filters = 256});
  head(512, 3);
  cfg.route("-4");
  cfg.convolution({.filters = 128});
  cfg.upsample();
  cfg.route(str("-1,", lateral));
  head(256, 1);
  return cfg.text();
}

}  // namespace nibble::models
