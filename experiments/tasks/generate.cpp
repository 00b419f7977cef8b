#include "experiments/tasks/generate.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "core/random.h"
#include "core/suggest.h"
#include "datasets/text/text_file.h"
#include "edge/run/evaluate.h"
#include "experiments/process/exit_codes.h"

namespace nibble {
namespace {

std::vector<int> read_prompt(const std::string& prompt, const Vocabulary& vocabulary) {
  std::vector<int> tokens;
  for_each_word({{}, prompt}, [&](std::string_view word, long) {
    const std::optional<int> token = vocabulary.find(word);
    if (!token)
      usage_error("generate: found '", word, "' in the prompt, expected words of the training text",
                  did_you_mean(std::string(word), vocabulary.words()));
    tokens.push_back(*token);
  });
  if (!tokens.empty())
    tokens.pop_back();  // <eos> at the end of the prompt's last line, where the model goes on
  return tokens;
}

int most_likely(const std::vector<double>& logits) {
  return static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

// The first word up to which the probabilities sum to more than u of all, 0 ≤ u < 1.
int draw(const std::vector<double>& logits, double temperature, double u) {
  const double highest = *std::max_element(logits.begin(), logits.end());
  std::vector<double> sums;
  sums.reserve(logits.size());
  double sum = 0;
  for (const double logit : logits) sums.push_back(sum += std::exp((logit - highest) / temperature));
  return static_cast<int>(std::upper_bound(sums.begin(), sums.end(), u * sum) - sums.begin());
}

}  // namespace

NextScores network_scores(Network& network) {
  return [&network, state = NetworkState()](int token) mutable {
    const NoGradient evaluation_only;
    Pass pass;
    pass.sequences = 1;
    const Var logits = network.forward(Tensor({1, 1}, {static_cast<Real>(token)}), pass, {}, &state);
    return std::vector<double>(logits.value().begin(), logits.value().end());
  };
}

NextScores integer_scores(edge::IntegerGraph graph) {
  struct Model {
    explicit Model(edge::IntegerGraph lowered) : integers(std::move(lowered)), evaluate(integers) {}
    edge::IntegerGraph integers;
    edge::Evaluator evaluate;
  };
  const auto model = std::make_shared<const Model>(std::move(graph));
  return [model, state = edge::IntegerState()](int token) mutable {
    const Array<std::int32_t> scores = model->evaluate({Array<std::int32_t>({1}, {token}), 1}, state);
    std::vector<double> logits;
    for (const std::int32_t score : scores) logits.push_back(model->integers.output().scale * score);
    return logits;
  };
}

std::string generate(const NextScores& model, const Vocabulary& vocabulary, const GenerateOptions& options) {
  if (!(options.temperature >= 0) || std::isinf(options.temperature))
    usage_error("generate: found temperature ", options.temperature, ", expected a number from 0");
  const std::optional<int> end = vocabulary.find(kEndOfSentence);
  check(end.has_value(), "generate: found a vocabulary without ", kEndOfSentence, ", expected one of a text");

  NextScores next = model;
  std::vector<double> logits;
  const auto read = [&](int token) {
    logits = next(token);
    check(std::all_of(logits.begin(), logits.end(), [](double logit) { return std::isfinite(logit); }),
          "generate: found a score after '", vocabulary.word(token), "' that is not finite, expected logits");
  };
  std::string text;
  const auto write = [&](int token) {
    const bool begins = text.empty() || text.back() == '\n';
    text += token == *end ? "\n" : (begins ? "" : " ") + vocabulary.word(token);
    read(token);
  };
  const std::vector<int> prompt = read_prompt(options.prompt, vocabulary);
  read(*end);
  for (const int token : prompt) write(token);

  const Rng rng = Rng(options.seed).stream("generate");
  for (long i = 0; i < options.words; ++i) {
    const double u = static_cast<double>(rng.stream(static_cast<std::uint64_t>(i)).uniform());
    write(options.temperature == 0 ? most_likely(logits) : draw(logits, options.temperature, u));
  }
  return text;
}

}  // namespace nibble
