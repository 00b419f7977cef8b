#pragma once

#include <vector>

#include "experiments/detection/detection.h"

namespace nibble {

/// A picture of PASCAL VOC: what is there, and what was found. Scores of objects are not looked at.
struct VocImage {
  std::vector<Detection> objects, found;
};

enum class VocRule {
  eleven_points,  // the mean of the best precision at recalls of at least 0, 0.1, ..., 1: VOC 2007
  every_point,    // the area below the best precision at each recall: VOC 2010 and later
};

/// Average precision of one class. Pixels count in full, as VOC has it: a rectangle spans w + 1 by h + 1. The
/// object that a detection overlaps most decides; it is right where they overlap by at least `overlap` and
/// no better detection had it. NaN where there is no object of the class.
double voc_average_precision(const std::vector<VocImage>& images, int label, double overlap, VocRule rule);

}  // namespace nibble
