#pragma once

#include <array>
#include <vector>

#include "experiments/detection/precision_curve.h"

namespace nibble {

/// The twelve figures of COCO for rectangles, as cocoeval.py of cocodataset/cocoapi computes them: ten
/// overlaps from 0.5 to 0.95, 101 recalls, crowds and objects outside of a range of areas neither right nor
/// wrong. −1 where there is no object to find.
struct CocoFigures {
  static constexpr std::array<const char*, 12> kNames{"AP",       "AP50",    "AP75",     "APsmall",
                                                      "APmedium", "APlarge", "AR1",      "AR10",
                                                      "AR100",    "ARsmall", "ARmedium", "ARlarge"};
  std::array<double, 12> values{};
  double average_precision() const { return values[0]; }
};

/// Precision and recall of one class.
struct ClassPrecision {
  long category = 0;                     // its id
  double average_precision = -1;         // over the ten overlaps
  double at_half = -1;                   // at an overlap of 0.5
  std::array<double, kRecalls> curve{};  // precision at an overlap of 0.5; or −1
};

struct CocoEvaluation {
  CocoFigures figures;
  std::vector<ClassPrecision> classes;  // in order of their ids
  std::vector<ClassMatches> matches;    // likewise, of objects of all sizes
};

/// results: of any order. Throws Error for one whose image is not in the set; those of unknown categories are
/// passed over, as cocoeval does.
CocoEvaluation evaluate_coco(const CocoSet& set, const std::vector<CocoResult>& results);

}  // namespace nibble
