#include "experiments/training/judge.h"

#include "core/check.h"
#include "experiments/training/quantizer_monitor.h"

namespace nibble {

Evaluation judge(const Task& task, Network& network, EvaluationSplit split, int rows,
                 const std::string& who) {
  Evaluation evaluation = task.evaluate(network, split);
  if (!evaluation.finite) {
    const std::string what =
        str(who, ": the loss on the ",
            split == EvaluationSplit::test ? "test" : task.outline().watched.c_str(), " split is not finite");
    if (!task.learns()) fail(what);  // without training data, no sample tells where
    const Sample sample = task.calibration_sample(rows);
    fail(what, "; ", find_non_finite(network, sample.x, sample.sequences));
  }
  return evaluation;
}

}  // namespace nibble
