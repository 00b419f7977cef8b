#pragma once

#include <cstdint>

#include "datasets/text/corpus.h"

namespace nibble {

struct ProceduralTextOptions {
  long train_tokens = 50000;
  long test_tokens = 5000;  // of valid and of test
  std::uint64_t seed = 1;
  CorpusOptions corpus{};
};

/// Little stories made on the spot, so that a fresh clone can train a language model without a download. What
/// comes next is often decided far back: the verb agrees with a subject before a relative clause, he and she
/// with the name that began the story, and its last lines name again whom and what it was about, where, and
/// what the weather was. Story i of a split depends on (seed, split, i) alone; the last one of a split is cut
/// where the split ends. All words are in the vocabulary, those that do not occur with count 0.
Corpus make_procedural_text(const ProceduralTextOptions& options);

/// Size of its vocabulary, whatever the number of tokens.
int procedural_text_types(const CorpusOptions& options = {});

}  // namespace nibble
