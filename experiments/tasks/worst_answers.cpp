#include "experiments/tasks/worst_answers.h"

#include <algorithm>
#include <cmath>

#include "datasets/images/batches.h"
#include "datasets/images/resample.h"
#include "datasets/pictures/contact_sheet.h"

namespace nibble {
namespace {

constexpr long kSide = 96;

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
  const Shape& sample = images.sample_shape;
  const double smaller =
      std::min(1.0, static_cast<double>(kSide) / static_cast<double>(std::max(sample[0], sample[1])));
  const auto scaled = [&](long side) {
    return std::max(1L, std::lround(smaller * static_cast<double>(side)));
  };
  const long height = scaled(sample[0]), width = scaled(sample[1]), channels = sample[2];
  Array<std::uint8_t> pictures({std::ssize(answers), height, width, 3});
  std::vector<std::uint8_t> small(static_cast<std::size_t>(height * width * channels));
  std::uint8_t* out = pictures.data();
  for (const WrongAnswer& answer : answers) {
    const Array<std::uint8_t> seen =
        bytes_of(images, batch_in_order(images, split, answer.sample, answer.sample + 1).x);
    resample(view_of(seen.data(), sample), height, width, {0, 0, height, width}, Interpolation::bilinear,
             small.data());
    for (long i = 0; i < height * width; ++i) {
      for (long c = 0; c < 3; ++c)
        *out++ = small[static_cast<std::size_t>(i * channels + std::min(c, channels - 1))];
    }
  }
  return pictures;
}

}  // namespace nibble
