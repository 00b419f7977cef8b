#include "experiments/detection/precision_curve.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace nibble {
namespace {

// As numpy's linspace rounds them: a recall that falls upon one must compare as it does there.
double recall_number(std::size_t i) { return i + 1 == kRecalls ? 1 : static_cast<double>(i) * (1.0 / 100); }

}  // namespace

double PrecisionCurve::mean_precision() const {
  return std::accumulate(precision.begin(), precision.end(), 0.0) / static_cast<double>(kRecalls);
}

std::vector<const MatchedBox*> best_first(const ClassMatches& matches, std::size_t most_found) {
  std::vector<const MatchedBox*> sorted;
  for (const MatchedBox& box : matches.found) {
    if (box.rank < most_found) sorted.push_back(&box);
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const MatchedBox* a, const MatchedBox* b) { return a->score > b->score; });
  return sorted;
}

PrecisionCurve precision_curve(const std::vector<const MatchedBox*>& sorted, std::size_t t, long objects,
                               const std::vector<int>& repeats) {
  std::vector<double> recalls, precisions;
  double right = 0, wrong = 0;
  for (const MatchedBox* box : sorted) {
    for (int copy = 0; copy < (repeats.empty() ? 1 : repeats[box->image]); ++copy) {
      right += box->verdicts[t] == Verdict::right ? 1 : 0;
      wrong += box->verdicts[t] == Verdict::wrong ? 1 : 0;
      recalls.push_back(right / static_cast<double>(objects));
      precisions.push_back(right / (wrong + right + std::numeric_limits<double>::epsilon()));
    }
  }
  for (std::size_t i = precisions.size(); i > 1; --i)
    precisions[i - 2] = std::max(precisions[i - 2], precisions[i - 1]);
  PrecisionCurve curve;
  if (!recalls.empty()) curve.recall = recalls.back();
  for (std::size_t r = 0; r < kRecalls; ++r) {
    const auto at = std::lower_bound(recalls.begin(), recalls.end(), recall_number(r));
    if (at != recalls.end()) curve.precision[r] = precisions[static_cast<std::size_t>(at - recalls.begin())];
  }
  return curve;
}

}  // namespace nibble
