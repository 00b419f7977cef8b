#include "experiments/training/judge.h"

#include <cmath>

#include "core/check.h"
#include "experiments/training/quantizer_monitor.h"

namespace nibble {

Evaluation judge(const Task& task, Network& network, EvaluationSplit split, int rows,
                 const std::string& who) {
  Evaluation evaluation = task.evaluate(network, split);
  if (!std::isfinite(evaluation.loss)) {
    const Sample sample = task.calibration_sample(rows);
    fail(who, ": the loss on the ", split == EvaluationSplit::test ? "test" : task.outline().watched,
         " split is not finite; ", find_non_finite(network, sample.x, sample.sequences));
  }
  return evaluation;
}

}  // namespace nibble
