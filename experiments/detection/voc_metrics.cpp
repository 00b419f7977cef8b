#include "experiments/detection/voc_metrics.h"

#include <algorithm>
#include <limits>

namespace nibble {
namespace {

struct Point {
  double recall, precision;
};

Extent in_full(Extent extent) {
  extent.w += 1;
  extent.h += 1;
  return extent;
}

struct Found {
  double score;
  std::size_t image;
  Extent extent;
};

// Recall and precision behind each detection, best first.
std::vector<Point> points_of(const std::vector<VocImage>& images, int label, double least, long objects) {
  std::vector<Found> found;
  std::vector<std::vector<char>> taken;
  for (std::size_t i = 0; i < images.size(); ++i) {
    taken.emplace_back(images[i].objects.size(), 0);
    for (const Detection& d : images[i].found) {
      if (d.label == label) found.push_back({d.score, i, in_full(d.extent)});
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Found& a, const Found& b) { return a.score > b.score; });
  std::vector<Point> points;
  long right = 0;
  for (const Found& one : found) {
    const std::vector<Detection>& there = images[one.image].objects;
    double best = -1;
    std::size_t match = 0;
    for (std::size_t g = 0; g < there.size(); ++g) {
      if (there[g].label != label) continue;
      const double shared = overlap(one.extent, in_full(there[g].extent));
      if (shared > best) {
        best = shared;
        match = g;
      }
    }
    if (best >= least && !taken[one.image][match]) {
      taken[one.image][match] = 1;
      ++right;
    }
    points.push_back({static_cast<double>(right) / static_cast<double>(objects),
                      static_cast<double>(right) / static_cast<double>(points.size() + 1)});
  }
  return points;
}

}  // namespace

double voc_average_precision(const std::vector<VocImage>& images, int label, double overlap, VocRule rule) {
  long objects = 0;
  for (const VocImage& image : images)
    objects += std::count_if(image.objects.begin(), image.objects.end(),
                             [&](const Detection& object) { return object.label == label; });
  if (objects == 0) return std::numeric_limits<double>::quiet_NaN();
  std::vector<Point> points = points_of(images, label, overlap, objects);
  // Recall never falls from one point to the next. The precision at each becomes the best from there on.
  for (std::size_t i = points.size(); i > 1; --i)
    points[i - 2].precision = std::max(points[i - 2].precision, points[i - 1].precision);
  const auto best_from = [&](double recall) {
    const auto first = std::lower_bound(points.begin(), points.end(), recall,
                                        [](const Point& point, double r) { return point.recall < r; });
    return first == points.end() ? 0 : first->precision;
  };
  double sum = 0;
  if (rule == VocRule::eleven_points) {
    // Rounded as numpy's linspace rounds: a recall of 9 / 15 is below its 0.6.
    for (int i = 0; i <= 10; ++i) sum += best_from(i * 0.1);
    return sum / 11;
  }
  double recall = 0;
  for (const Point& point : points) {
    if (point.recall == recall) continue;
    sum += (point.recall - recall) * best_from(point.recall);
    recall = point.recall;
  }
  return sum;
}

}  // namespace nibble
