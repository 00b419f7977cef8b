#include "experiments/tasks/generate.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "edge/lower/lower.h"
#include "edge/run/evaluate.h"
#include "experiments/process/exit_codes.h"
#include "layers/models/models.h"
#include "layers/network/quantize.h"

namespace nibble::generate_test {
namespace {

const Vocabulary kWords({"<eos>", "the", "company", "said", "it"});

// Believes that words follow each other as in the vocabulary, round and round; writes down what it reads.
NextScores in_a_circle(std::vector<int>* read = nullptr) {
  return [read](int token) {
    if (read) read->push_back(token);
    std::vector<double> logits(5, 0);
    logits[static_cast<std::size_t>((token + 1) % 5)] = 3;
    return logits;
  };
}

}  // namespace

TEST_CASE("generate_takes_the_most_likely_word_at_temperature_0_and_breaks_lines_at_eos") {
  const GenerateOptions how{.prompt = "the company", .words = 6, .temperature = 0};
  CHECK(generate(in_a_circle(), kWords, how) == "the company said it\nthe company said");
}

TEST_CASE("generate_reads_eos_and_the_prompt_before_it_draws") {
  std::vector<int> read;
  const GenerateOptions how{.prompt = "  said\tit <eos> the ", .words = 1, .temperature = 0};
  CHECK(generate(in_a_circle(&read), kWords, how) == "said it\nthe company");
  CHECK(read == std::vector<int>{0, 3, 4, 0, 1, 2});
}

TEST_CASE("generate_begins_a_sentence_without_a_prompt") {
  CHECK(generate(in_a_circle(), kWords, {.prompt = "", .words = 2, .temperature = 0}) == "the company");
  CHECK(generate(in_a_circle(), kWords, {.prompt = "", .words = 0}).empty());
}

TEST_CASE("generate_tells_the_same_text_for_the_same_seed") {
  const auto text = [](std::uint64_t seed, double temperature) {
    return generate(in_a_circle(), kWords, {.words = 60, .temperature = temperature, .seed = seed});
  };
  CHECK(text(1, 1) == text(1, 1));
  CHECK(text(1, 1) != text(2, 1));
  CHECK(text(1, 0.01) == text(2, 0.01));  // nearly 0: one word has all the probability
  CHECK(text(1, 0) == text(2, 0));
}

TEST_CASE("generate_draws_each_word_as_often_as_its_logit_says") {
  const std::vector<double> share{0.1, 0.2, 0.4, 0.25, 0.05};
  const NextScores independent = [&](int) {
    std::vector<double> logits;
    for (const double p : share)
      logits.push_back(std::log(p) + 700);  // e^700 would overflow with two of them
    return logits;
  };
  for (const double temperature : {1.0, 0.5}) {
    INFO("temperature " << temperature);
    const int words = 20000;
    const std::string text =
        generate(independent, kWords, {.words = words, .temperature = temperature, .seed = 3});
    double all = 0;
    for (const double p : share) all += std::pow(p, 1 / temperature);
    for (const int token : {1, 2, 3, 4}) {
      const std::string& word = kWords.word(token);
      int count = 0;
      for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
      const double expected = std::pow(share[static_cast<std::size_t>(token)], 1 / temperature) / all;
      CHECK(count == Approx(expected * words).margin(4 * std::sqrt(expected * words)));
    }
  }
}

TEST_CASE("generate_refuses_what_it_cannot_read") {
  const auto refuse = [](const GenerateOptions& how) { generate(in_a_circle(), kWords, how); };
  CHECK_THROWS_AS(refuse({.prompt = "the comapny"}), UsageError);
  CHECK_THROWS_WITH(
      refuse({.prompt = "the comapny"}),
      "generate: found 'comapny' in the prompt, expected words of the training text; did you mean "
      "'company'?");
  CHECK_THROWS_WITH(refuse({.prompt = "The company"}), Catch::Contains("did you mean 'the'?"));
  CHECK_THROWS_WITH(refuse({.temperature = -0.5}),
                    "generate: found temperature -0.5, expected a number from 0");
  const NextScores broken = [](int) {
    return std::vector<double>(5, std::numeric_limits<double>::quiet_NaN());
  };
  CHECK_THROWS_WITH(generate(broken, kWords, {}), Catch::Contains("not finite"));
}

TEST_CASE("generate_asks_the_integers_of_a_network_as_their_evaluator_answers") {
  Network network = build_model({.kind = "lstm", .width = 8}, {1}, kWords.size(), Rng(5));
  QuantPolicy policy;
  policy.method = QuantMethod::learned_scale_shift;
  quantize(network, policy);
  const std::vector<int> text{0, 3, 1, 1, 4, 2, 2, 0, 4};
  const long steps = static_cast<long>(text.size());
  Tensor x({steps, 1});
  for (long i = 0; i < steps; ++i) x[i] = static_cast<Real>(text[static_cast<std::size_t>(i)]);
  initialize_quantizers(network, x, 1);

  const edge::IntegerGraph graph = edge::lower(network);
  edge::IntegerState state;
  const Array<std::int32_t> together = edge::Evaluator(graph)(edge::tokens_of(x, 1), state);
  const NextScores start = integer_scores(graph);
  NextScores one = start, other = start;
  for (long i = 0; i < steps; ++i) {
    const std::vector<double> logits = one(text[static_cast<std::size_t>(i)]);
    REQUIRE(logits.size() == 5);
    for (long k = 0; k < 5; ++k)
      CHECK(logits[static_cast<std::size_t>(k)] == graph.output().scale * together[i * 5 + k]);
  }
  CHECK(other(0) == NextScores(start)(0));
}

TEST_CASE("generate_carries_the_state_of_a_network_from_word_to_word") {
  Network network = build_model({.kind = "lstm", .width = 8, .layers = 2}, {1}, kWords.size(), Rng(5));
  const NextScores start = network_scores(network);
  NextScores one = start, other = start;
  const std::vector<int> text{0, 3, 1, 1, 4, 2};
  Tensor x({static_cast<long>(text.size()), 1});
  for (std::size_t i = 0; i < text.size(); ++i) x[static_cast<long>(i)] = static_cast<Real>(text[i]);
  Pass pass;
  pass.sequences = 1;
  const Tensor together = network.forward(x, pass).value();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::vector<double> logits = one(text[i]);
    REQUIRE(logits.size() == 5);
    for (long k = 0; k < 5; ++k)
      CHECK(logits[static_cast<std::size_t>(k)] ==
            Approx(static_cast<double>(together[static_cast<long>(i) * 5 + k])).margin(1e-6));
  }
  CHECK(other(0) == NextScores(start)(0));  // a copy begins where it was copied, whatever others have read
}

}  // namespace nibble::generate_test
