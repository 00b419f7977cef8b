#include "experiments/detection/coco_metrics.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "core/check.h"

namespace nibble {
namespace {

constexpr std::size_t kOverlaps = 10, kRecalls = 101, kAreas = 4, kLimits = 3;
constexpr std::array<std::size_t, kLimits> kMostFound{1, 10, 100};  // detections of a class in an image
constexpr double kHuge = 1e5 * 1e5;
struct AreaRange {
  double lowest, highest;
  bool holds(double area) const { return lowest <= area && area <= highest; }
};
constexpr std::array<AreaRange, kAreas> kAreaRanges{
    {{0, kHuge}, {0, 32.0 * 32}, {32.0 * 32, 96.0 * 96}, {96.0 * 96, kHuge}}};

// As numpy's linspace rounds them: a recall that falls upon one must compare as it does there.
double overlap_number(std::size_t i) {
  return i + 1 == kOverlaps ? 0.95 : static_cast<double>(i) * ((0.95 - 0.5) / 9) + 0.5;
}
double recall_number(std::size_t i) { return i + 1 == kRecalls ? 1 : static_cast<double>(i) * (1.0 / 100); }

// The overlap with an object, for a crowd the share of the detection that lies in it.
double overlap_with(const Extent& found, const CocoObject& object) {
  const Extent& there = object.extent;
  const double w = std::min(found.x + found.w, there.x + there.w) - std::max(found.x, there.x),
               h = std::min(found.y + found.h, there.y + there.h) - std::max(found.y, there.y);
  if (w <= 0 || h <= 0) return 0;
  const double both = w * h, own = found.w * found.h;
  return both / (object.crowd ? own : own + there.w * there.h - both);
}

// What one detection is at each overlap.
enum class Verdict : char { wrong, right, ignored };

struct Judged {
  double score;
  std::size_t rank;  // among those of its image, from the best
  std::array<Verdict, kOverlaps> verdicts;
};

// One class in one range of areas, over all images.
struct Collected {
  std::vector<Judged> found;
  long objects = 0;  // that count
};

// Gives each detection of an image, best first, the object that it overlaps most: cocoeval's evaluateImg.
void judge_image(const std::vector<const CocoObject*>& all, const std::vector<const CocoResult*>& found,
                 const AreaRange& range, Collected& into) {
  // Objects that count stand first.
  std::vector<const CocoObject*> objects = all;
  const auto ignored = [&](const CocoObject* o) { return o->crowd || !range.holds(o->area); };
  std::stable_sort(objects.begin(), objects.end(),
                   [&](const CocoObject* a, const CocoObject* b) { return ignored(a) < ignored(b); });
  for (const CocoObject* object : objects) into.objects += ignored(object) ? 0 : 1;

  std::vector<Judged> judged;
  std::vector<std::vector<double>> overlaps;  // of a detection with each object
  for (std::size_t d = 0; d < found.size(); ++d) {
    judged.push_back({found[d]->score, d, {}});
    overlaps.emplace_back();
    for (const CocoObject* object : objects) overlaps[d].push_back(overlap_with(found[d]->extent, *object));
  }
  for (std::size_t t = 0; t < kOverlaps; ++t) {
    std::vector<char> taken(objects.size(), 0);
    for (std::size_t d = 0; d < found.size(); ++d) {
      double best = std::min(overlap_number(t), 1 - 1e-10);
      std::size_t match = objects.size();
      for (std::size_t g = 0; g < objects.size(); ++g) {
        if (taken[g] && !objects[g]->crowd) continue;
        // What counts was matched, and only what does not is left.
        if (match < objects.size() && !ignored(objects[match]) && ignored(objects[g])) break;
        if (overlaps[d][g] < best) continue;
        best = overlaps[d][g];
        match = g;
      }
      Verdict& verdict = judged[d].verdicts[t];
      if (match < objects.size()) {
        taken[match] = 1;
        verdict = ignored(objects[match]) ? Verdict::ignored : Verdict::right;
      } else {
        verdict = range.holds(found[d]->extent.w * found[d]->extent.h) ? Verdict::wrong : Verdict::ignored;
      }
    }
  }
  into.found.insert(into.found.end(), judged.begin(), judged.end());
}

struct Curve {
  double recall = 0;  // of all detections
  std::array<double, kRecalls> precision{};
};

// Of detections that are sorted, best first.
Curve curve_of(const std::vector<const Judged*>& sorted, std::size_t t, long objects) {
  std::vector<double> recalls, precisions;
  double right = 0, wrong = 0;
  for (const Judged* judged : sorted) {
    right += judged->verdicts[t] == Verdict::right ? 1 : 0;
    wrong += judged->verdicts[t] == Verdict::wrong ? 1 : 0;
    recalls.push_back(right / static_cast<double>(objects));
    precisions.push_back(right / (wrong + right + std::numeric_limits<double>::epsilon()));
  }
  for (std::size_t i = precisions.size(); i > 1; --i)
    precisions[i - 2] = std::max(precisions[i - 2], precisions[i - 1]);
  Curve curve;
  if (!recalls.empty()) curve.recall = recalls.back();
  for (std::size_t r = 0; r < kRecalls; ++r) {
    const auto at = std::lower_bound(recalls.begin(), recalls.end(), recall_number(r));
    if (at != recalls.end()) curve.precision[r] = precisions[static_cast<std::size_t>(at - recalls.begin())];
  }
  return curve;
}

// Curves of one class, range of areas and limit, for each overlap; none where nothing counts.
std::vector<Curve> curves_of(const Collected& collected, std::size_t most_found) {
  if (collected.objects == 0) return {};
  std::vector<const Judged*> sorted;
  for (const Judged& judged : collected.found) {
    if (judged.rank < most_found) sorted.push_back(&judged);
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Judged* a, const Judged* b) { return a->score > b->score; });
  std::vector<Curve> curves;
  for (std::size_t t = 0; t < kOverlaps; ++t) curves.push_back(curve_of(sorted, t, collected.objects));
  return curves;
}

double mean(const std::array<double, kRecalls>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(kRecalls);
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
  void add(std::size_t area, std::size_t limit, const std::vector<Curve>& curves) {
    for (std::size_t t = 0; t < curves.size(); ++t) {
      recall_[area][limit].add(curves[t].recall);
      if (limit + 1 < kLimits) continue;
      precision_[area].add(mean(curves[t].precision));
      if (area == 0) at_overlap_[t].add(mean(curves[t].precision));
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

ClassPrecision precision_of(long category, const std::vector<Curve>& curves) {
  ClassPrecision precision{.category = category};
  precision.curve.fill(-1);
  if (curves.empty()) return precision;
  MeanOverClasses all;
  for (const Curve& curve : curves) all.add(mean(curve.precision));
  precision.average_precision = all.value();
  precision.at_half = mean(curves[0].precision);
  precision.curve = curves[0].precision;
  return precision;
}

}  // namespace

CocoEvaluation evaluate_coco(const CocoSet& set, const std::vector<CocoResult>& results) {
  struct InImage {
    std::vector<const CocoObject*> objects;
    std::vector<const CocoResult*> found;
  };
  std::map<long, std::map<long, InImage>> classes;  // by category, then by image
  for (const CocoCategory& category : set.categories) classes[category.id];
  for (const CocoObject& object : set.objects)
    classes[object.category][object.image].objects.push_back(&object);
  std::set<long> images;
  for (const CocoImage& image : set.images) images.insert(image.id);
  for (const CocoResult& result : results) {
    check(images.count(result.image) > 0, "coco: found a result for image ", result.image,
          ", expected one of the set's ", set.images.size(), " images");
    const auto category = classes.find(result.category);
    if (category != classes.end()) category->second[result.image].found.push_back(&result);
  }

  CocoEvaluation evaluation;
  FigureSums sums;
  for (auto& [category, by_image] : classes) {
    for (auto& [image, in] : by_image) {
      std::stable_sort(in.found.begin(), in.found.end(),
                       [](const CocoResult* a, const CocoResult* b) { return a->score > b->score; });
      if (in.found.size() > kMostFound.back()) in.found.resize(kMostFound.back());
    }
    for (std::size_t area = 0; area < kAreas; ++area) {
      Collected collected;
      for (const auto& [image, in] : by_image)
        judge_image(in.objects, in.found, kAreaRanges[area], collected);
      for (std::size_t limit = 0; limit < kLimits; ++limit) {
        const std::vector<Curve> curves = curves_of(collected, kMostFound[limit]);
        sums.add(area, limit, curves);
        if (area == 0 && limit + 1 == kLimits) evaluation.classes.push_back(precision_of(category, curves));
      }
    }
  }
  evaluation.figures = sums.figures();
  return evaluation;
}

}  // namespace nibble
