// Language models: the next word of a text, judged by perplexity. A text is read as one stream from a state
// of zero, each word after all those before it; the first word is not foretold. perplexity = e^loss, with the
// mean of −log p(word) as loss.

#include <algorithm>
#include <cmath>
#include <memory>

#include "autograd/ops/loss.h"
#include "core/buffer_pool.h"
#include "core/check.h"
#include "core/parallel.h"
#include "datasets/text/text_batches.h"
#include "edge/lower/lower.h"
#include "edge/run/evaluate.h"
#include "experiments/results/record.h"
#include "experiments/tasks/picture_batches.h"
#include "experiments/tasks/task.h"

namespace nibble {
namespace {

constexpr long kSampledSequences = 16;
constexpr long kSteps = 256;        // that go through a network or an evaluator at once
constexpr long kVerifySteps = 100;  // the same where all layers are compared
constexpr long kSelftestTokens = 40;
constexpr long kAgreementTokens = 1000;
constexpr long kAgreementSequences = 10;

// loss: the sum of −log p(word) over so many words.
Evaluation evaluation_of(double loss, long words) {
  Evaluation evaluation;
  evaluation.samples = words;
  evaluation.loss = loss / static_cast<double>(words);
  evaluation.finite = std::isfinite(evaluation.loss);
  evaluation.metrics = {std::exp(evaluation.loss)};
  return evaluation;
}

// −log softmax(scale · scores)[label]
double surprise(const std::int32_t* scores, long words, double scale, int label) {
  const std::int32_t highest = *std::max_element(scores, scores + words);
  double sum = 0;
  for (long k = 0; k < words; ++k) sum += std::exp(scale * static_cast<double>(scores[k] - highest));
  return std::log(sum) - scale * static_cast<double>(scores[label] - highest);
}

edge::TokenBatch token_batch(const Array<int>& tokens, long begin, long end) {
  return edge::tokens_of(text_batch(tokens, 1, begin, end).x, 1);
}

// About so many rows from the beginnings of a few streams.
JudgedSample side_by_side(const Array<int>& tokens, long rows) {
  const long sequences = std::min(kSampledSequences, tokens.size() / 2);
  const long steps = std::clamp(rows / sequences, 1L, text_steps(tokens, sequences));
  return {text_batch(tokens, sequences, 0, steps), sequences};
}

class TextTask : public Task {
 public:
  explicit TextTask(Corpus corpus) : corpus_(std::move(corpus)) {}

  const TaskOutline& outline() const override { return outline_; }
  Shape sample_shape() const override { return {1}; }
  int classes() const override { return corpus_.vocabulary.size(); }
  std::string describe() const override {
    return str(corpus_.name, ": ", corpus_.train.size(), " tokens to learn from, ", corpus_.valid.size(),
               " of valid, ", corpus_.test.size(), " of test; ", corpus_.vocabulary.size(), " words");
  }
  std::string describe_evaluation() const override {
    return str(corpus_.name, ", ", corpus_.vocabulary.size(), " words, ", corpus_.valid.size(),
               " tokens of valid and ", corpus_.test.size(), " of test");
  }
  std::vector<std::string> vocabulary() const override { return corpus_.vocabulary.words(); }
  std::string fingerprint() const override { return corpus_.fingerprint; }

  std::unique_ptr<BatchStream> training_batches(const TrainConfig& train, std::uint64_t,
                                                const BatchShare& share) const override {
    check_one_size(train, outline_.kind);
    return std::make_unique<TextBatches>(
        corpus_.train, TextBatchOptions{.sequences = train.batch, .unroll = train.unroll, .share = share});
  }
  long sequences(const TrainConfig& train) const override { return train.batch; }

  Sample calibration_sample(long rows) const override {
    const JudgedSample sample = side_by_side(corpus_.train, rows);
    return {sample.batch.x, sample.sequences};
  }

  Var loss(const std::vector<Var>& outputs, const Batch& batch, double label_smoothing) const override {
    return cross_entropy(only_output(outputs, "text task"), categories(batch.targets, "text task"),
                         static_cast<Real>(label_smoothing));
  }
  std::vector<double> count(const std::vector<Var>&, const Batch&) const override { return {0}; }
  std::vector<double> training_metrics(double loss, const std::vector<double>&, long) const override {
    return {std::exp(loss)};
  }
  LogStyle log_style() const override { return {.rate = "tokens/s", .learning_rate = true}; }

  Evaluation evaluate(Network& network, EvaluationSplit split) const override {
    const NoGradient evaluation_only;
    buffer_pool::trim();  // the sizes of training are of no use here
    const Array<int>& tokens = words_of(split);
    const long steps = text_steps(tokens, 1);
    NetworkState state;
    Pass pass;
    pass.sequences = 1;
    double sum = 0;
    for (long begin = 0; begin < steps; begin += kSteps) {
      const Batch batch = text_batch(tokens, 1, begin, std::min(begin + kSteps, steps));
      const Var logits = network.forward(batch.x, pass, {}, &state);
      sum +=
          static_cast<double>(loss({logits}, batch, 0).value()[0]) * static_cast<double>(batch.x.shape()[0]);
    }
    buffer_pool::trim();
    return evaluation_of(sum, steps);
  }

  // Scores times their scale are the logits.
  Evaluation evaluate_integers(Network& network, EvaluationSplit split) const override {
    const NoGradient evaluation_only;
    buffer_pool::trim();
    const Array<int>& tokens = words_of(split);
    const edge::IntegerGraph graph = edge::lower(network);
    const edge::Evaluator evaluate(graph);
    const long steps = text_steps(tokens, 1), words = network.output_shape().back();
    edge::IntegerState state;
    double sum = 0;
    for (long begin = 0; begin < steps; begin += kSteps) {
      const long end = std::min(begin + kSteps, steps);
      const Batch batch = text_batch(tokens, 1, begin, end);
      const Array<int>& next = categories(batch.targets, "text task");
      const Array<std::int32_t> scores = evaluate(edge::tokens_of(batch.x, 1), state);
      std::vector<double> losses(static_cast<std::size_t>(end - begin));
      parallel_for(end - begin, [&](long i) {
        losses[static_cast<std::size_t>(i)] =
            surprise(scores.data() + i * words, words, graph.output().scale, next[i]);
      });
      for (const double one : losses) sum += one;
    }
    buffer_pool::trim();
    return evaluation_of(sum, steps);
  }

  std::vector<JudgedSample> judged_samples(EvaluationSplit split, long rows) const override {
    return {side_by_side(words_of(split), rows)};
  }

  // Recurrent layers that were quantized in their products only compute gates and state in float.
  bool has_integers(const QuantPolicy& quant) const override {
    return Task::has_integers(quant) && quant.scope != QuantScope::products;
  }

  void pack(const edge::IntegerGraph&, edge::EmitOptions& options) const override {
    const long tokens = std::min(kSelftestTokens, text_steps(corpus_.test, 1));
    options.text = {token_batch(corpus_.test, 0, tokens).tokens, corpus_.vocabulary.words()};
  }

  IntegerCheck integer_check(const edge::IntegerGraph& graph) const override {
    IntegerCheck checks;
    checks.samples = text_steps(corpus_.test, 1);
    checks.batch = kVerifySteps;
    checks.compared = "gates, states, codes and scores";
    checks.compare = [this, &graph, states = std::make_shared<edge::ComparedStates>()](
                         const edge::CompiledModel* compiled, long begin, long end) {
      return edge::compare(graph, compiled, token_batch(corpus_.test, begin, end), *states, begin);
    };
    checks.agreement = [this, &graph](Network& network) {
      const long sequences = std::min(kAgreementSequences, corpus_.test.size() / 2);
      const long steps = std::min(kAgreementTokens / sequences, text_steps(corpus_.test, sequences));
      return edge::compare_with_network(network, graph, text_batch(corpus_.test, sequences, 0, steps).x,
                                        sequences);
    };
    return checks;
  }

  const Vocabulary& words_to_generate() const override { return corpus_.vocabulary; }

 private:
  const Array<int>& words_of(EvaluationSplit split) const {
    return split == EvaluationSplit::test ? corpus_.test : corpus_.valid;
  }

  const TaskOutline outline_ = text_outline();
  const Corpus corpus_;
};

}  // namespace

std::unique_ptr<Task> text_task(Corpus corpus) { return std::make_unique<TextTask>(std::move(corpus)); }

}  // namespace nibble
