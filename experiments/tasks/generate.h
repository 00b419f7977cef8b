#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "datasets/text/vocabulary.h"
#include "edge/graph/integer_graph.h"
#include "layers/network/network.h"

namespace nibble {

/// A language model in the middle of a text: reads one more word and says what it thinks of each word as the
/// next one, as logits [words]. What it has read before is inside; a copy goes on for itself.
using NextScores = std::function<std::vector<double>(int token)>;

/// Of a network, float or fake-quantized, at the beginning of a text. The network outlives it.
NextScores network_scores(Network& network);

/// Of a network's integers: its scores times their scale.
NextScores integer_scores(edge::IntegerGraph graph);

struct GenerateOptions {
  std::string prompt{};  // words with blanks between; empty: the beginning of a sentence
  long words = 40;       // that are drawn, ends of sentences counted
  // p(word) is proportional to e^(logit / temperature); 0: always the most likely word, of equal ones the
  // first in the vocabulary.
  double temperature = 0.8;
  std::uint64_t seed = 1;
};

/// The prompt and what the model makes of it: words with blanks between, a line break for each <eos>. The
/// model reads <eos> first, which stands before the first sentence, then the prompt. Word i depends on the
/// seed, i and the words before it alone. Throws UsageError for a word of the prompt that is not in the
/// vocabulary, and for a temperature below 0; Error where a logit is not finite.
std::string generate(const NextScores& model, const Vocabulary& vocabulary, const GenerateOptions& options);

}  // namespace nibble
