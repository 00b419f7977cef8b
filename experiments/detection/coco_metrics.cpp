#include "experiments/detection/coco_metrics.h"

namespace nibble {
namespace {

constexpr std::size_t kAreas = 4, kLimits = 3;
constexpr std::array<std::size_t, kLimits> kLimitsOfFound{1, 10, kMostFound};
constexpr std::array<AreaRange, kAreas> kAreaRanges{
    {{}, {.highest = 32.0 * 32}, {32.0 * 32, 96.0 * 96}, {.lowest = 96.0 * 96}}};

// Of one class, range of areas and limit, for each overlap; none where nothing counts.
std::vector<PrecisionCurve> curves_of(const ClassMatches& matches, std::size_t most_found) {
  const long objects = matches.object_count();
  if (objects == 0) return {};
  const std::vector<const MatchedBox*> sorted = best_first(matches, most_found);
  std::vector<PrecisionCurve> curves;
  for (std::size_t t = 0; t < kOverlaps; ++t) curves.push_back(precision_curve(sorted, t, objects));
  return curves;
}

// The mean of numbers over classes that have any.
class MeanOverClasses {
 public:
  void add(double value) {
    sum_ += value;
    ++count_;
  }
  double value() const { return count_ > 0 ? sum_ / static_cast<double>(count_) : -1; }

 private:
  double sum_ = 0;
  long count_ = 0;
};

class FigureSums {
 public:
  void add(std::size_t area, std::size_t limit, const std::vector<PrecisionCurve>& curves) {
    for (std::size_t t = 0; t < curves.size(); ++t) {
      recall_[area][limit].add(curves[t].recall);
      if (limit + 1 < kLimits) continue;
      precision_[area].add(curves[t].mean_precision());
      if (area == 0) at_overlap_[t].add(curves[t].mean_precision());
    }
  }
  CocoFigures figures() const {
    return {{precision_[0].value(), at_overlap_[0].value(), at_overlap_[5].value(), precision_[1].value(),
             precision_[2].value(), precision_[3].value(), recall_[0][0].value(), recall_[0][1].value(),
             recall_[0][2].value(), recall_[1][2].value(), recall_[2][2].value(), recall_[3][2].value()}};
  }

 private:
  std::array<MeanOverClasses, kAreas> precision_;
  std::array<MeanOverClasses, kOverlaps> at_overlap_;
  std::array<std::array<MeanOverClasses, kLimits>, kAreas> recall_;
};

ClassPrecision precision_of(long category, const std::vector<PrecisionCurve>& curves) {
  ClassPrecision precision{.category = category};
  precision.curve.fill(-1);
  if (curves.empty()) return precision;
  MeanOverClasses all;
  for (const PrecisionCurve& curve : curves) all.add(curve.mean_precision());
  precision.average_precision = all.value();
  precision.at_half = curves[0].mean_precision();
  precision.curve = curves[0].precision;
  return precision;
}

}  // namespace

CocoEvaluation evaluate_coco(const CocoSet& set, const std::vector<CocoResult>& results) {
  CocoEvaluation evaluation;
  FigureSums sums;
  for (const ClassBoxes& boxes : boxes_by_class(set, results)) {
    for (std::size_t area = 0; area < kAreas; ++area) {
      ClassMatches matches = match_boxes(boxes, set.images.size(), kAreaRanges[area]);
      for (std::size_t limit = 0; limit < kLimits; ++limit) {
        const std::vector<PrecisionCurve> curves = curves_of(matches, kLimitsOfFound[limit]);
        sums.add(area, limit, curves);
        if (area == 0 && limit + 1 == kLimits)
          evaluation.classes.push_back(precision_of(boxes.category, curves));
      }
      if (area == 0) evaluation.matches.push_back(std::move(matches));
    }
  }
  evaluation.figures = sums.figures();
  return evaluation;
}

}  // namespace nibble
