#pragma once

#include <vector>

#include "core/array.h"
#include "experiments/tasks/evaluation.h"

namespace nibble {

// Classes are in order of their scores, of equal ones the lower class first, as argmax has it.

/// How many rows of scores [N, K] have their label first; and how many have it among the first five, where
/// there are more than kFewClasses classes. As Task::count has them.
std::vector<double> count_right(const Tensor& scores, const Array<int>& labels);

/// Counts predicted classes against true ones, batch by batch.
class ClassCounts {
 public:
  ClassCounts(long samples, long classes);

  /// scores: [N, K]
  template <typename Score>
  void add(const Array<Score>& scores, const Array<int>& labels);

  /// Of all that was added. metrics: top-1, and top-5 of more than kFewClasses classes, in percent.
  Evaluation evaluation(double loss) const;

 private:
  long samples_ = 0, classes_, kept_;
  Answers answers_;
};

}  // namespace nibble
