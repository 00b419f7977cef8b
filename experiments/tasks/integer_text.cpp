#include "experiments/tasks/integer_text.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "core/buffer_pool.h"
#include "core/files/temporary_directory.h"
#include "datasets/text/text_batches.h"
#include "edge/check/compare.h"
#include "edge/check/compiled_model.h"
#include "edge/emit/emit_c.h"
#include "edge/lower/lower.h"
#include "edge/run/evaluate.h"
#include "experiments/tasks/evaluate_text.h"

namespace nibble {
namespace {

constexpr long kSteps = 256;        // that go through the evaluator at once
constexpr long kVerifySteps = 100;  // all layers of a batch are in memory at once
constexpr long kSelftestTokens = 40;
constexpr long kAgreementTokens = 1000;  // layer by layer against fake quantization
constexpr long kAgreementSequences = 10;

edge::TokenBatch batch_of(const Array<int>& tokens, long begin, long end) {
  return edge::tokens_of(text_batch(tokens, 1, begin, end).x, 1);
}

edge::TextSample sample_of(const Corpus& corpus) {
  const long tokens = std::min(kSelftestTokens, text_steps(corpus.test, 1));
  return {batch_of(corpus.test, 0, tokens).tokens, corpus.vocabulary.words()};
}

// −log softmax(scale · scores)[label]
double surprise(const std::int32_t* scores, long words, double scale, int label) {
  const std::int32_t highest = *std::max_element(scores, scores + words);
  double sum = 0;
  for (long k = 0; k < words; ++k) sum += std::exp(scale * static_cast<double>(scores[k] - highest));
  return std::log(sum) - scale * static_cast<double>(scores[label] - highest);
}

}  // namespace

Evaluation evaluate_text_integers(Network& network, const Array<int>& tokens) {
  const NoGradient evaluation_only;
  buffer_pool::trim();
  const edge::IntegerGraph graph = edge::lower(network);
  const edge::Evaluator evaluate(graph);
  const long steps = text_steps(tokens, 1), words = network.output_shape().back();
  edge::IntegerState state;
  double loss = 0;
  for (long begin = 0; begin < steps; begin += kSteps) {
    const long end = std::min(begin + kSteps, steps);
    const Batch batch = text_batch(tokens, 1, begin, end);
    const Array<int>& next = categories(batch.targets, "evaluate");
    const Array<std::int32_t> scores = evaluate(edge::tokens_of(batch.x, 1), state);
    std::vector<double> losses(static_cast<std::size_t>(end - begin));
    parallel_for(end - begin, [&](long i) {
      losses[static_cast<std::size_t>(i)] =
          surprise(scores.data() + i * words, words, graph.output().scale, next[i]);
    });
    for (const double one : losses) loss += one;
  }
  buffer_pool::trim();
  return text_evaluation(loss, steps);
}

NextScores integer_scores(const LoadedRun& run, const std::string& name) {
  struct Model {
    explicit Model(edge::IntegerGraph lowered) : graph(std::move(lowered)), evaluate(graph) {}
    edge::IntegerGraph graph;
    edge::Evaluator evaluate;
  };
  const auto model = std::make_shared<const Model>(lower_run(run, name));
  return [model, state = edge::IntegerState()](int token) mutable {
    const Array<std::int32_t> scores = model->evaluate({Array<std::int32_t>({1}, {token}), 1}, state);
    std::vector<double> logits;
    for (const std::int32_t score : scores) logits.push_back(model->graph.output().scale * score);
    return logits;
  };
}

void export_text_run(const LoadedRun& run, const std::string& name, const std::string& directory) {
  const edge::IntegerGraph graph = lower_run(run, name);
  edge::emit_c(graph, directory, {.name = name, .text = sample_of(run.text("export"))});
}

VerifyResult verify_text_run(LoadedRun& run, const std::string& name, const VerifyOptions& options,
                             std::ostream& progress) {
  const NoGradient evaluation_only;
  const Corpus& corpus = run.text("verify");
  const edge::IntegerGraph graph = lower_run(run, name);
  const TemporaryDirectory directory;
  edge::emit_c(graph, directory.path(), {.name = name, .text = sample_of(corpus)});
  const edge::CompiledModel compiled(graph, directory.path());

  const long available = text_steps(corpus.test, 1);
  const long steps = options.images == 0 ? available : std::min(options.images, available);
  const long c_steps = std::min(options.c_images, steps);
  VerifyResult result;
  edge::ComparedStates states;
  for (long begin = 0; begin < steps;) {
    // Batches end where emitted C ends, so that each is either with it or without.
    const long end = std::min(begin + kVerifySteps, begin < c_steps ? c_steps : steps);
    edge::accumulate(result.comparison, edge::compare(graph, begin < c_steps ? &compiled : nullptr,
                                                      batch_of(corpus.test, begin, end), states, begin));
    if (begin / 1000 != end / 1000 || end == steps) {
      progress << "  " << end << " of " << steps << " tokens: " << result.comparison.differences
               << " differences\n"
               << std::flush;
    }
    begin = end;
  }
  const long sequences = std::min(kAgreementSequences, corpus.test.size() / 2);
  const long of_each = std::min(kAgreementTokens / sequences, text_steps(corpus.test, sequences));
  result.agreement = edge::compare_with_network(run.network, graph,
                                                text_batch(corpus.test, sequences, 0, of_each).x, sequences);
  buffer_pool::trim();
  return result;
}

}  // namespace nibble
