#pragma once

#include <vector>

#include "core/array.h"
#include "datasets/images/image_set.h"
#include "experiments/results/record.h"

namespace nibble {

/// Finds the wrong answers of a split that a network was surest of, batch by batch: those with the largest
/// loss, −log softmax(scores)[label].
class WorstAnswers {
 public:
  static constexpr std::size_t kKept = 24;

  /// scores [N, K]: of the samples behind those that were added before.
  void add(const Tensor& scores, const Array<int>& labels);
  /// The worst one first.
  std::vector<WrongAnswer> kept() const { return kept_; }

 private:
  long samples_ = 0;
  std::vector<WrongAnswer> kept_;
};

/// Their pictures as the network saw them, at most 96 pixels high and wide: [n, H, W, 3], red first.
Array<std::uint8_t> pictures_of(const ImageSet& images, const Split& split,
                                const std::vector<WrongAnswer>& answers);

}  // namespace nibble
