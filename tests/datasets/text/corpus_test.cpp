#include "datasets/text/corpus.h"

#include <catch2/catch.hpp>

#include "core/check.h"

namespace nibble::corpus_test {
namespace {

using Words = std::vector<std::string>;

const CorpusTexts kTexts{{"train", "a b a c\na b d\n"}, {"valid", "b c\n"}, {"test", "d a\n"}};

// As it reads: a line is what an <eos> ends.
std::string decoded(const Vocabulary& vocabulary, const Array<int>& tokens) {
  std::string text;
  for (const int token : tokens) text += (text.empty() ? "" : " ") + vocabulary.word(token);
  return text;
}

std::string message_of(const CorpusTexts& texts, const CorpusOptions& options) {
  try {
    make_corpus("small", texts, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a_corpus_numbers_the_words_of_its_texts") {
  const Corpus corpus = make_corpus("small", kTexts, {});
  CHECK(corpus.name == "small");
  CHECK(corpus.vocabulary.words() == Words{"a", "<eos>", "b", "c", "d"});
  CHECK(std::vector<int>(corpus.train.begin(), corpus.train.end()) ==
        std::vector<int>{0, 2, 0, 3, 1, 0, 2, 4, 1});
  CHECK(decoded(corpus.vocabulary, corpus.valid) == "b c <eos>");
  CHECK(decoded(corpus.vocabulary, corpus.test) == "d a <eos>");
  CHECK(corpus.test.shape() == Shape{3});
}

TEST_CASE("a_limited_vocabulary_keeps_the_frequent_words_in_all_texts") {
  const Corpus corpus = make_corpus("small", kTexts, {.max_vocabulary = 4});
  CHECK(corpus.vocabulary.words() == Words{"a", "<eos>", "<unk>", "b"});  // <unk> has the counts of c and d
  CHECK(decoded(corpus.vocabulary, corpus.train) == "a b a <unk> <eos> a b <unk> <eos>");
  CHECK(decoded(corpus.vocabulary, corpus.valid) == "b <unk> <eos>");  // c was dropped, not unknown
  CHECK(make_corpus("small", kTexts, {.max_vocabulary = 3}).vocabulary.words() ==
        Words{"<unk>", "a", "<eos>"});
  CHECK(make_corpus("small", kTexts, {.max_vocabulary = 5}).vocabulary.size() ==
        5);  // nothing to drop: no <unk>
}

TEST_CASE("eos_and_unk_stay_in_a_limited_vocabulary_however_rare") {
  const CorpusTexts texts{{"train", "a b a b c c d <unk>\n"}, {"valid", "a\n"}, {"test", "a\n"}};
  CHECK(make_corpus("small", texts, {.max_vocabulary = 4}).vocabulary.words() ==
        Words{"<unk>", "a", "b", "<eos>"});
}

TEST_CASE("an_unknown_word_is_refused_by_file_line_and_word") {
  CorpusTexts texts = kTexts;
  texts.valid.bytes = "b\na zebra\n";
  CHECK(
      message_of(texts, {}) ==
      "valid:2: found 'zebra', expected words of the training text; `dataset.unknown_words = replace` reads "
      "others as <unk>");
  CHECK(message_of(texts, {.max_vocabulary = 4}).starts_with("valid:2: found 'zebra', "));
  texts = kTexts;
  texts.test.bytes = "<unk>\n";  // a word like others
  CHECK(message_of(texts, {}).starts_with("test:1: found '<unk>', "));
}

TEST_CASE("an_unknown_word_is_replaced_if_the_options_say_so") {
  CorpusTexts texts = kTexts;
  texts.valid.bytes = "b\na zebra\n";
  const CorpusOptions replace{.unknown_words = UnknownWords::replace};
  const Corpus corpus = make_corpus("small", texts, replace);
  CHECK(corpus.vocabulary.words() == Words{"a", "<eos>", "b", "c", "d", "<unk>"});
  CHECK(decoded(corpus.vocabulary, corpus.valid) == "b <eos> a <unk> <eos>");
  const CorpusOptions both{.max_vocabulary = 5, .unknown_words = UnknownWords::replace};
  CHECK(make_corpus("small", texts, both).vocabulary.size() == 5);
}

TEST_CASE("a_vocabulary_too_small_for_a_word_is_refused") {
  for (const long limit : {-1L, 1L, 2L}) {
    CHECK(message_of(kTexts, {.max_vocabulary = limit}) ==
          "dataset: found dataset.max_vocabulary " + std::to_string(limit) +
              ", expected 0 for all words, or at least 3 for <eos>, <unk> and a word");
  }
}

TEST_CASE("further_words_are_known_without_standing_in_the_training_text") {
  CorpusTexts texts = kTexts;
  texts.test.bytes = "zebra\n";
  const Corpus corpus = make_corpus("small", texts, {}, {"zebra", "a"});
  CHECK(corpus.vocabulary.words() == Words{"a", "<eos>", "b", "c", "d", "zebra"});
  CHECK(decoded(corpus.vocabulary, corpus.test) == "zebra <eos>");
}

TEST_CASE("choose_vocabulary_agrees_with_the_corpus") {
  for (const CorpusOptions& options : {CorpusOptions{}, CorpusOptions{.max_vocabulary = 4},
                                       CorpusOptions{.unknown_words = UnknownWords::replace}}) {
    CHECK(choose_vocabulary(kTexts.train, options).words() ==
          make_corpus("small", kTexts, options).vocabulary.words());
  }
}

TEST_CASE("the_fingerprint_of_a_corpus_tells_texts_and_their_bounds_apart") {
  const std::string fingerprint = make_corpus("small", kTexts, {}).fingerprint;
  CHECK(fingerprint.size() == 32);
  CHECK(make_corpus("other", kTexts, {.max_vocabulary = 4}).fingerprint == fingerprint);
  CorpusTexts moved = kTexts;  // the first line of test becomes the last of valid
  moved.valid.bytes = "b c\nd a\n", moved.test.bytes = "d\n";
  CorpusTexts before = moved;
  before.valid.bytes = "b c\n", before.test.bytes = "d a\nd\n";
  CHECK(make_corpus("small", moved, {}).fingerprint != make_corpus("small", before, {}).fingerprint);
}

TEST_CASE("first_tokens_cuts_the_splits_and_keeps_the_vocabulary") {
  const Corpus corpus = make_corpus("small", kTexts, {}), cut = first_tokens(corpus, 4, 2);
  CHECK(decoded(cut.vocabulary, cut.train) == "a b a c");
  CHECK(decoded(cut.vocabulary, cut.valid) == "b c");
  CHECK(decoded(cut.vocabulary, cut.test) == "d a");
  CHECK(cut.vocabulary.size() == 5);
  CHECK(cut.train.data() == corpus.train.data());
  const Corpus all = first_tokens(corpus, 0, 0);
  CHECK(all.train.size() == 9);
  CHECK(all.test.size() == 3);
}

TEST_CASE("first_tokens_refuses_more_than_there_are") {
  const Corpus corpus = make_corpus("small", kTexts, {});
  CHECK_THROWS_WITH(
      first_tokens(corpus, 10, 0),
      "dataset: found a request for the first 10 tokens of the training split, expected 1 to 9, or 0 "
      "for all");
  CHECK_THROWS_WITH(
      first_tokens(corpus, 0, 4),
      Catch::StartsWith("dataset: found a request for the first 4 tokens of the validation split"));
  CHECK_THROWS_AS(first_tokens(corpus, -1, 0), Error);
}

}  // namespace nibble::corpus_test
