#pragma once

#include <vector>

#include "core/array.h"

namespace nibble {

/// The split for evaluation during training (validation; of images without one, test), and the one for the
/// final figures.
enum class EvaluationSplit { watched, test };

/// How a network does on a split.
struct Evaluation {
  double loss = 0;              // mean over the samples, in nats; NaN where only scores are known (integers)
  std::vector<double> metrics;  // in the order of the task's list
  long samples = 0;
  Array<long> confusion;   // [K, K]: rows are true classes, columns predicted ones; or empty
  Array<int> predictions;  // [samples], classes; or empty
};

}  // namespace nibble
