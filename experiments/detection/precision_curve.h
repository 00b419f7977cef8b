#pragma once

#include "experiments/detection/match_boxes.h"

namespace nibble {

/// COCO reads precision at the recalls 0, 0.01, ..., 1.
inline constexpr std::size_t kRecalls = 101;

/// Of one class at one overlap.
struct PrecisionCurve {
  double recall = 0;                         // of all detections
  std::array<double, kRecalls> precision{};  // the best at such a recall or a higher one; 0 beyond the last

  double mean_precision() const;
};

/// The detections that are among the best so many of their images, best first.
std::vector<const MatchedBox*> best_first(const ClassMatches& matches, std::size_t most_found);

/// The curve at overlap number t of detections that stand best first, with so many objects to find.
///   repeats: how often each image is there; empty: once
PrecisionCurve precision_curve(const std::vector<const MatchedBox*>& sorted, std::size_t t, long objects,
                               const std::vector<int>& repeats = {});

}  // namespace nibble
