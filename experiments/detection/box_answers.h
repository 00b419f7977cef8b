#pragma once

#include <vector>

#include "experiments/detection/coco_metrics.h"

namespace nibble {

/// What a detector answered on a split, and how that is judged class by class.
struct BoxAnswers {
  std::vector<CocoResult> results;  // everything that was found
  /// Of one class; NaN where there is no object of it. The rules of VOC ask for an overlap of 0.5.
  struct OfClass {
    ClassPrecision coco;
    long objects = 0;  // crowds aside
    double voc_every_point = 0, voc_eleven_points = 0;
  };
  std::vector<OfClass> classes;  // in order of ids, as CocoSet::categories
  CocoFigures figures;
  std::vector<ClassMatches> matches;  // of CocoEvaluation
};

BoxAnswers judge_boxes(const CocoSet& set, std::vector<CocoResult> results);

}  // namespace nibble
