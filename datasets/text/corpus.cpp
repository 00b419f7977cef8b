#include "datasets/text/corpus.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "datasets/files/digest.h"

namespace nibble {
namespace {

constexpr long kSmallestVocabulary = 3;  // <eos>, <unk> and a word

long& count_of(WordCounts& counts, std::string_view word) {
  const auto place = counts.find(word);
  return place == counts.end() ? counts[std::string(word)] : place->second;
}

WordCounts count_words(const Text& text, const std::vector<std::string>& further = {}) {
  WordCounts counts;
  for (const std::string& word : further) count_of(counts, word);
  for_each_word(text, [&](std::string_view word, long) { ++count_of(counts, word); });
  return counts;
}

// Leaves `limit` types; what the others counted is <unk>.
void drop_rarest(long limit, WordCounts& counts) {
  const Vocabulary all = vocabulary_by_count(counts);
  long kept = 2;  // <eos> and <unk>, however rare
  for (const std::string& word : all.words()) {
    if (word == kEndOfSentence || word == kUnknownWord || ++kept <= limit) continue;
    count_of(counts, kUnknownWord) += counts[word];
    counts.erase(word);
  }
}

// Words that were counted, but are not in the vocabulary, were dropped from it.
Array<int> encode(const Text& text, const Vocabulary& vocabulary, const WordCounts& counted,
                  UnknownWords unknown_words) {
  const int unknown = vocabulary.find(kUnknownWord).value_or(-1);
  std::vector<int> tokens;
  for_each_word(text, [&](std::string_view word, long line) {
    const std::optional<int> token = vocabulary.find(word);
    check(token || unknown_words == UnknownWords::replace || counted.contains(word), text.name, ":", line,
          ": found '", word,
          "', expected words of the training text; `dataset.unknown_words = replace` reads ", "others as ",
          kUnknownWord);
    tokens.push_back(token.value_or(unknown));
  });
  Array<int> array = Array<int>::uninitialized({static_cast<long>(tokens.size())});
  std::copy(tokens.begin(), tokens.end(), array.begin());
  return array;
}

Array<int> first_of(const Array<int>& tokens, const char* split, long n) {
  check(0 <= n && n <= tokens.size(), "dataset: found a request for the first ", n, " tokens of the ", split,
        " split, expected 1 to ", tokens.size(), ", or 0 for all");
  return n == 0 ? tokens : tokens.rows(0, n);
}

std::string fingerprint_of(const CorpusTexts& texts) {
  Md5 all;
  for (const Text* text : {&texts.train, &texts.valid, &texts.test}) {
    const std::string md5 =
        md5_of(text->bytes);  // of each alone, so that a line moved to another text counts
    all.update(md5.data(), md5.size());
  }
  return all.hex();
}

}  // namespace

void validate(const CorpusOptions& options) {
  const long limit = options.max_vocabulary;
  check(limit == 0 || limit >= kSmallestVocabulary, "dataset: found dataset.max_vocabulary ", limit,
        ", expected 0 for all words, or at least ", kSmallestVocabulary, " for ", kEndOfSentence, ", ",
        kUnknownWord, " and a word");
}

Vocabulary choose_vocabulary(const WordCounts& counts, const CorpusOptions& options) {
  validate(options);
  const long limit = options.max_vocabulary;
  WordCounts kept = counts;
  count_of(kept, kEndOfSentence);
  if (options.unknown_words == UnknownWords::replace) count_of(kept, kUnknownWord);
  if (limit > 0 && static_cast<long>(kept.size()) > limit) drop_rarest(limit, kept);
  return vocabulary_by_count(kept);
}

Vocabulary choose_vocabulary(const Text& train, const CorpusOptions& options) {
  return choose_vocabulary(count_words(train), options);
}

Corpus make_corpus(const std::string& name, const CorpusTexts& texts, const CorpusOptions& options,
                   const std::vector<std::string>& further) {
  const WordCounts counts = count_words(texts.train, further);
  Corpus corpus;
  corpus.name = name;
  corpus.vocabulary = choose_vocabulary(counts, options);
  corpus.train = encode(texts.train, corpus.vocabulary, counts, options.unknown_words);
  corpus.valid = encode(texts.valid, corpus.vocabulary, counts, options.unknown_words);
  corpus.test = encode(texts.test, corpus.vocabulary, counts, options.unknown_words);
  corpus.fingerprint = fingerprint_of(texts);
  return corpus;
}

Corpus first_tokens(const Corpus& corpus, long train, long test) {
  Corpus first = corpus;
  first.train = first_of(corpus.train, "training", train);
  first.valid = first_of(corpus.valid, "validation", test);
  first.test = first_of(corpus.test, "test", test);
  return first;
}

}  // namespace nibble
