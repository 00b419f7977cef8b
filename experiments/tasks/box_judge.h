#pragma once

#include <vector>

#include "experiments/detection/box_answers.h"
#include "experiments/detection/detection.h"
#include "experiments/tasks/evaluation.h"

namespace nibble {

/// Collects what is found in the pictures of a set, one after another, and judges it by COCO's figures.
class BoxJudge {
 public:
  /// set: outlives the judge.
  explicit BoxJudge(const CocoSet& set) : set_(set) {}

  /// The picture whose objects come next.
  const CocoImage& next() const { return set_.images[pictures_]; }
  void add(const std::vector<Detection>& found);
  long pictures() const { return static_cast<long>(pictures_); }

  /// On the pictures so far.
  BoxAnswers answers() const;
  /// The twelve figures in percent; NaN where there is nothing to find.
  static std::vector<double> metrics(const BoxAnswers& answers);

 private:
  const CocoSet& set_;
  std::size_t pictures_ = 0;
  std::vector<CocoResult> results_;
};

}  // namespace nibble
