#pragma once

#include "core/array.h"
#include "experiments/tasks/evaluation.h"

namespace nibble {

/// How many rows of scores [N, K] have their highest score at the label; of equal ones the first counts.
long count_correct(const Tensor& scores, const Array<int>& labels);

/// Counts predicted classes against true ones, batch by batch.
class ClassCounts {
 public:
  ClassCounts(long samples, long classes);

  /// scores: [N, K]; ties go to the lowest class, as argmax does.
  template <typename Score>
  void add(const Array<Score>& scores, const Array<int>& labels);

  /// Of all that was added. metrics: top-1, in percent.
  Evaluation evaluation(double loss) const;

 private:
  long samples_ = 0;
  Array<long> confusion_;
  Array<int> predictions_;
};

}  // namespace nibble
