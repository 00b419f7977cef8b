#include "experiments/detection/paired_boxes.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "core/parallel.h"
#include "core/random.h"
#include "experiments/detection/precision_curve.h"

namespace nibble {
namespace {

// One detector, sorted once for all draws.
class Ranked {
 public:
  explicit Ranked(const std::vector<ClassMatches>& classes) : classes_(classes) {
    for (const ClassMatches& matches : classes) sorted_.push_back(best_first(matches, kMostFound));
  }

  // AP with each image so often; over the classes of which there are objects.
  double average_precision(const std::vector<int>& repeats) const {
    double sum = 0;
    long curves = 0;
    for (std::size_t c = 0; c < classes_.size(); ++c) {
      long objects = 0;
      for (std::size_t i = 0; i < repeats.size(); ++i) objects += repeats[i] * classes_[c].objects[i];
      if (objects == 0) continue;
      for (std::size_t t = 0; t < kOverlaps; ++t, ++curves)
        sum += precision_curve(sorted_[c], t, objects, repeats).mean_precision();
    }
    return sum / static_cast<double>(curves);
  }

 private:
  const std::vector<ClassMatches>& classes_;
  std::vector<std::vector<const MatchedBox*>> sorted_;
};

double percentile(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const double above = sorted[std::min(below + 1, sorted.size() - 1)];
  return sorted[below] + (at - static_cast<double>(below)) * (above - sorted[below]);
}

void check_same(const std::vector<ClassMatches>& first, const std::vector<ClassMatches>& second) {
  bool same = first.size() == second.size();
  long objects = 0;
  for (std::size_t c = 0; same && c < first.size(); ++c) {
    same = first[c].category == second[c].category && first[c].objects == second[c].objects;
    objects += first[c].object_count();
  }
  check(same,
        "compare: found answers to different images or objects, expected two detectors on the same ones");
  check(objects > 0, "compare: found no objects in the images, expected some to find");
}

}  // namespace

PairedPrecision compare_boxes(const std::vector<ClassMatches>& first, const std::vector<ClassMatches>& second,
                              int draws, std::uint64_t seed) {
  check_same(first, second);
  const std::size_t images = first.front().objects.size();
  const Ranked a(first), b(second);
  const std::vector<int> once(images, 1);
  PairedPrecision pairs{.first = a.average_precision(once), .second = b.average_precision(once)};
  pairs.images = static_cast<long>(images);

  std::vector<double> differences(static_cast<std::size_t>(draws));
  parallel_for(draws, [&](long draw) {
    Rng rng = Rng(seed).stream("bootstrap").stream(static_cast<std::uint64_t>(draw));
    std::vector<int> repeats(images);
    for (std::size_t i = 0; i < images; ++i) ++repeats[static_cast<std::size_t>(rng.below(images))];
    differences[static_cast<std::size_t>(draw)] = a.average_precision(repeats) - b.average_precision(repeats);
  });
  std::erase_if(differences, [](double d) { return std::isnan(d); });  // a draw without any object
  check(!differences.empty(), "compare: found no draw of images with an object, expected more images");
  std::sort(differences.begin(), differences.end());
  pairs.low = percentile(differences, 0.025);
  pairs.high = percentile(differences, 0.975);
  return pairs;
}

}  // namespace nibble
