#include "experiments/tasks/worst_answers.h"

#include <algorithm>
#include <cmath>

#include "experiments/tasks/small_picture.h"

namespace nibble {
namespace {

constexpr long kAnswerSide = 96;

// −log softmax(scores)[label], where `best` has the highest of the scores.
double loss_of(const Real* scores, long classes, const Real* best, int label) {
  double sum = 0;
  for (long c = 0; c < classes; ++c) sum += std::exp(static_cast<double>(scores[c] - *best));
  return std::log(sum) + static_cast<double>(*best - scores[label]);
}

}  // namespace

void WorstAnswers::add(const Tensor& scores, const Array<int>& labels) {
  const long classes = scores.shape().back();
  for (long n = 0; n < labels.size(); ++n, ++samples_) {
    const Real *const row = scores.data() + n * classes, *const best = std::max_element(row, row + classes);
    const long answer = best - row;  // of equal ones the lower one
    if (answer == labels[n]) continue;
    const double loss = loss_of(row, classes, best, labels[n]);
    if (!std::isfinite(loss)) continue;
    if (kept_.size() == kKept && loss <= kept_.back().loss) continue;
    const auto place = std::ranges::upper_bound(kept_, loss, std::ranges::greater(),
                                                [](const WrongAnswer& a) { return a.loss; });
    kept_.insert(place, {.sample = samples_, .label = labels[n], .answer = answer, .loss = loss});
    if (kept_.size() > kKept) kept_.pop_back();
  }
}

Array<std::uint8_t> pictures_of(const ImageSet& images, const Split& split,
                                const std::vector<WrongAnswer>& answers) {
  std::vector<Array<std::uint8_t>> pictures;
  for (const WrongAnswer& answer : answers)
    pictures.push_back(small_picture(images, split, answer.sample, kAnswerSide));
  return stacked(pictures);
}

}  // namespace nibble
