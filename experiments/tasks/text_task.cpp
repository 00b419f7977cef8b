#include <algorithm>

#include "core/check.h"
#include "datasets/text/text_batches.h"
#include "experiments/tasks/evaluate_text.h"
#include "experiments/tasks/integer_text.h"
#include "experiments/tasks/task.h"

namespace nibble {
namespace {

constexpr long kCalibrationSequences = 16;

class TextTask : public Task {
 public:
  explicit TextTask(Corpus corpus) : corpus_(std::move(corpus)) {}

  Shape sample_shape() const override { return {1}; }
  int classes() const override { return corpus_.vocabulary.size(); }
  std::string describe() const override {
    return str(corpus_.name, ": ", corpus_.train.size(), " tokens to learn from, ", corpus_.valid.size(),
               " of valid, ", corpus_.test.size(), " of test; ", corpus_.vocabulary.size(), " words");
  }
  const char* unit() const override { return "tokens"; }
  std::vector<std::string> vocabulary() const override { return corpus_.vocabulary.words(); }

  std::unique_ptr<BatchStream> training_batches(const TrainConfig& train, std::uint64_t) const override {
    return std::make_unique<TextBatches>(corpus_.train,
                                         TextBatchOptions{.sequences = train.batch, .unroll = train.unroll});
  }
  long sequences(const TrainConfig& train) const override { return train.batch; }

  Sample calibration_sample(long rows) const override {
    const long sequences = std::min(kCalibrationSequences, corpus_.train.size() / 2);
    const long steps = std::clamp(rows / sequences, 1L, text_steps(corpus_.train, sequences));
    return {text_batch(corpus_.train, sequences, 0, steps).x, sequences};
  }

  Evaluation validate(Network& network) const override { return evaluate_text(network, corpus_.valid); }
  Evaluation evaluate(Network& network) const override { return evaluate_text(network, corpus_.test); }
  Evaluation evaluate_integers(Network& network) const override {
    return evaluate_text_integers(network, corpus_.test);
  }

 private:
  Corpus corpus_;
};

}  // namespace

std::unique_ptr<Task> text_task(Corpus corpus) { return std::make_unique<TextTask>(std::move(corpus)); }

}  // namespace nibble
