#include "experiments/tasks/class_counts.h"

#include <algorithm>
#include <array>

#include "experiments/results/metric.h"

namespace nibble {
namespace {

constexpr long kBest = 5;

// The best classes of a row of scores, in order.
template <typename Score>
std::array<int, kBest> best_of(const Score* row, long classes) {
  std::array<int, kBest> best{};
  long kept = 0;
  for (long c = 0; c < classes; ++c) {
    long place = kept;
    while (place > 0 && row[c] > row[best[static_cast<std::size_t>(place - 1)]]) --place;
    if (place == kBest) continue;
    kept = std::min(kept + 1, kBest);
    const auto at = best.begin() + place;
    std::copy_backward(at, best.begin() + kept - 1, best.begin() + kept);
    *at = static_cast<int>(c);
  }
  return best;
}

bool among(const int* best, long count, int label) {
  return std::find(best, best + count, label) != best + count;
}

}  // namespace

std::vector<double> count_right(const Tensor& scores, const Array<int>& labels) {
  const long classes = scores.shape().back();
  double first = 0, among_five = 0;
  for (long n = 0; n < labels.size(); ++n) {
    const std::array<int, kBest> best = best_of(scores.data() + n * classes, classes);
    first += best[0] == labels[n] ? 1 : 0;
    among_five += among(best.data(), kBest, labels[n]) ? 1 : 0;
  }
  return classes > kFewClasses ? std::vector{first, among_five} : std::vector{first};
}

ClassCounts::ClassCounts(long samples, long classes)
    : classes_(classes),
      kept_(std::min(kBest, classes)),
      answers_{Array<int>({samples}), Array<int>({samples, kept_}), Array<double>({samples, kept_})} {}

template <typename Score>
void ClassCounts::add(const Array<Score>& scores, const Array<int>& labels) {
  for (long n = 0; n < labels.size(); ++n, ++samples_) {
    const Score* const row = scores.data() + n * classes_;
    const std::array<int, kBest> best = best_of(row, classes_);
    answers_.labels[samples_] = labels[n];
    for (long k = 0; k < kept_; ++k) {
      const int found = best[static_cast<std::size_t>(k)];
      answers_.best[samples_ * kept_ + k] = found;
      answers_.scores[samples_ * kept_ + k] = static_cast<double>(row[found]);
    }
  }
}

template void ClassCounts::add(const Array<Real>&, const Array<int>&);
template void ClassCounts::add(const Array<int>&, const Array<int>&);

Evaluation ClassCounts::evaluation(double loss) const {
  Array<long> confusion({classes_, classes_});
  long first = 0, among_five = 0;
  for (long n = 0; n < samples_; ++n) {
    const int* const best = answers_.best.data() + n * kept_;
    const int label = answers_.labels[n];
    ++confusion[label * classes_ + best[0]];
    first += best[0] == label ? 1 : 0;
    among_five += among(best, kept_, label) ? 1 : 0;
  }
  const auto percent = [&](long right) {
    return 100.0 * static_cast<double>(right) / static_cast<double>(samples_);
  };
  Evaluation evaluation{.loss = loss,
                        .metrics = {percent(first)},
                        .samples = samples_,
                        .confusion = confusion,
                        .answers = answers_};
  if (classes_ > kFewClasses) evaluation.metrics.push_back(percent(among_five));
  return evaluation;
}

}  // namespace nibble
