#pragma once

#include "core/array.h"
#include "datasets/images/image_set.h"
#include "experiments/results/record.h"
#include "layers/network/network.h"

namespace nibble {

/// How a network does on a split. Figures that a task does not have are NaN.
struct Evaluation {
  double loss = 0;                   // mean cross-entropy; NaN where only scores are known (integers)
  double top1 = 0;                   // percent
  double perplexity = kNotMeasured;  // e^loss, of language models
  long samples = 0;
  Array<long> confusion;   // [K, K]: rows are true classes, columns predicted ones
  Array<int> predictions;  // [samples]

  /// Adds a batch of scores [N, K]; ties go to the lowest class, as argmax does.
  template <typename Score>
  void add(const Array<Score>& scores, const Array<int>& labels);
  /// Percentages, once everything is added.
  void finish();
};

Evaluation start_evaluation(long samples, long classes);

/// The network in evaluation mode, float or fake-quantized.
Evaluation evaluate(Network& network, const ImageSet& dataset, const Split& split);

/// Samples that go through a network at once in evaluation.
inline constexpr long kEvaluationBatch = 256;

}  // namespace nibble
