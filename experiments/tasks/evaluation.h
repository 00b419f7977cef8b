#pragma once

#include <optional>
#include <vector>

#include "core/array.h"
#include "experiments/detection/box_answers.h"
#include "experiments/results/record.h"

namespace nibble {

/// The split for evaluation during training (validation; of images without one, test), and the one for the
/// final figures.
enum class EvaluationSplit { watched, test };

/// What a network answered, sample by sample.
struct Answers {
  Array<int> labels;  // [samples]
  Array<int> best;    // [samples, k]: the k best classes, k = min(5, classes); of equal ones the lower first
  Array<double> scores;  // [samples, k]: what the network gave them
};

/// How a network does on a split.
struct Evaluation {
  double loss = 0;              // mean over the samples, in nats; NaN where it is not measured
  bool finite = true;           // whether all that the network said are numbers
  std::vector<double> metrics;  // in the order of the task's list
  long samples = 0;
  Array<long> confusion;                 // [K, K]: rows are true classes, columns predicted ones; or empty
  Answers answers;                       // or empty
  std::optional<BoxAnswers> boxes = {};  // of a detector
  std::vector<WrongAnswer> worst = {};   // of classes, where the network answers in real numbers
  std::vector<WrongBoxes> worst_boxes = {};  // of a detector, where it does
};

}  // namespace nibble
