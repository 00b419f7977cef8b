#include "experiments/tasks/evaluate_text.h"

#include <cmath>

#include "autograd/ops/loss.h"
#include "core/buffer_pool.h"
#include "datasets/text/text_batches.h"
#include "experiments/results/record.h"

namespace nibble {
namespace {

constexpr long kSteps = 256;  // that go through a network at once

}  // namespace

Evaluation text_evaluation(double loss, long words) {
  Evaluation evaluation;
  evaluation.samples = words;
  evaluation.loss = loss / static_cast<double>(words);
  evaluation.top1 = kNotMeasured;
  evaluation.perplexity = std::exp(evaluation.loss);
  return evaluation;
}

Evaluation evaluate_text(Network& network, const Array<int>& tokens) {
  const NoGradient evaluation_only;
  buffer_pool::trim();  // the sizes of training are of no use here
  const long steps = text_steps(tokens, 1);
  NetworkState state;
  Pass pass;
  pass.sequences = 1;
  double loss = 0;
  for (long begin = 0; begin < steps; begin += kSteps) {
    const Batch batch = text_batch(tokens, 1, begin, std::min(begin + kSteps, steps));
    const Array<int>& words = categories(batch.targets, "evaluate");
    const Var logits = network.forward(batch.x, pass, {}, &state);
    loss +=
        static_cast<double>(cross_entropy(logits, words, 0).value()[0]) * static_cast<double>(words.size());
  }
  buffer_pool::trim();
  return text_evaluation(loss, steps);
}

}  // namespace nibble
