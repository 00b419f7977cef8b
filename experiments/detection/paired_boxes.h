#pragma once

#include <cstdint>
#include <vector>

#include "experiments/detection/match_boxes.h"

namespace nibble {

/// COCO's AP of two detectors on the same images.
struct PairedPrecision {
  double first = 0, second = 0;
  double low = 0, high = 0;  // 95 % interval of first − second
  long images = 0;

  double difference() const { return first - second; }
};

/// AP over the ten overlaps, objects of all sizes. The interval is a bootstrap's (Efron 1979): images are
/// drawn with replacement, as many as there are, `draws` times, the same for both; it holds what lies between
/// the percentiles 2.5 and 97.5 of the differences. The same seed gives the same interval at any number of
/// threads. Throws Error where the classes, the images or the objects in them are not the same, or there is
/// no object.
PairedPrecision compare_boxes(const std::vector<ClassMatches>& first, const std::vector<ClassMatches>& second,
                              int draws = 2000, std::uint64_t seed = 1);

}  // namespace nibble
