#pragma once

#include <string>

#include "core/shape.h"

namespace nibble::models {

// Published detectors as cfg files of darknet (layers/darknet/darknet.h). Layers and their numbers, anchors
// and what a [yolo] says about boxes and loss are those of the published files, so that their .weights fit.
// Heads have anchors in pixels: they stay as they are for inputs of other sizes.
//   input: [height, width, 3], sides that 32 divides

/// YOLO-V4 (Bochkovskiy et al. 2020, arXiv 2004.10934): CSPDarknet53, spatial pyramid pooling, path
/// aggregation, three heads. cfg/yolov4.cfg of AlexeyAB's darknet.
std::string yolov4_cfg(const Shape& input, int classes);

/// cfg/yolov4-tiny.cfg of the same: three halves of channels that go through two convolutions, two heads.
std::string yolov4_tiny_cfg(const Shape& input, int classes);

/// Yolo-Fastest 1.1 (github.com/dog-qiuqiu/Yolo-Fastest): inverted residuals, two heads.
///   width: factor of the channels of the backbone, 1 or, as in its xl form, 2
std::string yolo_fastest_cfg(int width, const Shape& input, int classes);

}  // namespace nibble::models
