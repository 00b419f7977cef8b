#include "experiments/tasks/class_counts.h"

#include <algorithm>

namespace nibble {

long count_correct(const Tensor& scores, const Array<int>& labels) {
  const long classes = scores.shape().back();
  long correct = 0;
  for (long n = 0; n < labels.size(); ++n) {
    const Real* const row = scores.data() + n * classes;
    if (std::max_element(row, row + classes) - row == labels[n]) ++correct;
  }
  return correct;
}

ClassCounts::ClassCounts(long samples, long classes)
    : confusion_({classes, classes}), predictions_({samples}) {}

template <typename Score>
void ClassCounts::add(const Array<Score>& scores, const Array<int>& labels) {
  const long classes = confusion_.shape()[0];
  for (long n = 0; n < labels.size(); ++n) {
    const Score* const row = scores.data() + n * classes;
    const long predicted = std::max_element(row, row + classes) - row;
    predictions_[samples_++] = static_cast<int>(predicted);
    ++confusion_[labels[n] * classes + predicted];
  }
}

template void ClassCounts::add(const Array<Real>&, const Array<int>&);
template void ClassCounts::add(const Array<int>&, const Array<int>&);

Evaluation ClassCounts::evaluation(double loss) const {
  const long classes = confusion_.shape()[0];
  long correct = 0;
  for (long k = 0; k < classes; ++k) correct += confusion_[k * classes + k];
  return {.loss = loss,
          .metrics = {100.0 * static_cast<double>(correct) / static_cast<double>(samples_)},
          .samples = samples_,
          .confusion = confusion_,
          .predictions = predictions_};
}

}  // namespace nibble
