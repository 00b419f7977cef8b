#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "datasets/coco/extent.h"

namespace nibble {

/// An object that a network has found.
struct Detection {
  int label = 0;  // class, from 0
  double score = 0;
  Extent extent;
  bool operator==(const Detection&) const = default;
};

/// Intersection over union; 0 where both are empty.
double overlap(const Extent& a, const Extent& b);
/// overlap − (distance of the centres)² / (diagonal of the smallest rectangle around both)², DIoU (Zheng et
/// al. 2020, arXiv 1911.08287, eq. 6).
double distance_overlap(const Extent& a, const Extent& b);
enum class Suppression { greedy, distance };
inline constexpr std::size_t kAllFound = std::numeric_limits<std::size_t>::max();

/// Of detections of one class that overlap by more than `threshold` keeps the one with the highest score, the
/// next that is left, and so on, until there are `most` of the class. greedy: by overlap; distance: by
/// distance_overlap. Best scores first; of equal scores the earlier one.
std::vector<Detection> suppress(std::vector<Detection> found, double threshold,
                                Suppression by = Suppression::greedy, std::size_t most = kAllFound);

}  // namespace nibble
