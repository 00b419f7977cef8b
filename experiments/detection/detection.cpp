#include "experiments/detection/detection.h"

#include <algorithm>
#include <map>

namespace nibble {
namespace {

double intersection(const Extent& a, const Extent& b) {
  const double w = std::min(a.x + a.w, b.x + b.w) - std::max(a.x, b.x),
               h = std::min(a.y + a.h, b.y + b.h) - std::max(a.y, b.y);
  return w <= 0 || h <= 0 ? 0 : w * h;
}

double squared(double v) { return v * v; }

}  // namespace

double overlap(const Extent& a, const Extent& b) {
  const double both = intersection(a, b), any = a.w * a.h + b.w * b.h - both;
  return any > 0 ? both / any : 0;
}

double distance_overlap(const Extent& a, const Extent& b) {
  const double w = std::max(a.x + a.w, b.x + b.w) - std::min(a.x, b.x),
               h = std::max(a.y + a.h, b.y + b.h) - std::min(a.y, b.y);
  const double diagonal = squared(w) + squared(h);
  if (diagonal <= 0) return overlap(a, b);
  const double apart = squared(a.x + a.w / 2 - b.x - b.w / 2) + squared(a.y + a.h / 2 - b.y - b.h / 2);
  return overlap(a, b) - apart / diagonal;
}

std::vector<Detection> suppress(std::vector<Detection> found, double threshold, Suppression by,
                                std::size_t most) {
  std::stable_sort(found.begin(), found.end(),
                   [](const Detection& a, const Detection& b) { return a.score > b.score; });
  std::vector<Detection> kept;
  std::map<int, std::vector<Extent>> of_class;
  for (const Detection& next : found) {
    std::vector<Extent>& better = of_class[next.label];
    if (better.size() >= most) continue;
    const bool covered = std::any_of(better.begin(), better.end(), [&](const Extent& extent) {
      return (by == Suppression::greedy ? overlap(extent, next.extent)
                                        : distance_overlap(extent, next.extent)) > threshold;
    });
    if (covered) continue;
    better.push_back(next.extent);
    kept.push_back(next);
  }
  return kept;
}

}  // namespace nibble
