#include "experiments/tasks/evaluate.h"

#include <algorithm>

#include "autograd/ops/loss.h"
#include "core/buffer_pool.h"
#include "datasets/images/batches.h"

namespace nibble {

Evaluation start_evaluation(long samples, long classes) {
  Evaluation evaluation;
  evaluation.confusion = Array<long>({classes, classes});
  evaluation.predictions = Array<int>({samples});
  return evaluation;
}

template <typename Score>
void Evaluation::add(const Array<Score>& scores, const Array<int>& labels) {
  const long classes = confusion.shape()[0];
  for (long n = 0; n < labels.size(); ++n) {
    const Score* const row = scores.data() + n * classes;
    const long predicted = std::max_element(row, row + classes) - row;
    predictions[samples++] = static_cast<int>(predicted);
    ++confusion[labels[n] * classes + predicted];
  }
}

template void Evaluation::add(const Array<Real>&, const Array<int>&);
template void Evaluation::add(const Array<int>&, const Array<int>&);

void Evaluation::finish() {
  const long classes = confusion.shape()[0];
  long correct = 0;
  for (long k = 0; k < classes; ++k) correct += confusion[k * classes + k];
  top1 = 100.0 * static_cast<double>(correct) / static_cast<double>(samples);
}

Evaluation evaluate(Network& network, const ImageSet& dataset, const Split& split) {
  const NoGradient evaluation_only;
  buffer_pool::trim();  // the sizes of training are of no use here
  Evaluation evaluation = start_evaluation(split.size(), network.output_shape().back());
  double loss = 0;
  for (long begin = 0; begin < split.size(); begin += kEvaluationBatch) {
    const Batch batch =
        batch_in_order(dataset, split, begin, std::min(begin + kEvaluationBatch, split.size()));
    const Array<int>& labels = categories(batch.targets, "evaluate");
    const Var logits = network.forward(batch.x, {});
    loss +=
        static_cast<double>(cross_entropy(logits, labels, 0).value()[0]) * static_cast<double>(labels.size());
    evaluation.add(logits.value(), labels);
  }
  evaluation.finish();
  evaluation.loss = loss / static_cast<double>(split.size());
  buffer_pool::trim();
  return evaluation;
}

}  // namespace nibble
