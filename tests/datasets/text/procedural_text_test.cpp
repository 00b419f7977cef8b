#include "datasets/text/procedural_text.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "core/check.h"

namespace nibble::procedural_text_test {
namespace {

using Sentence = std::vector<std::string>;

std::vector<Sentence> sentences(const Corpus& corpus, const Array<int>& tokens) {
  std::vector<Sentence> all(1);
  for (const int token : tokens) {
    const std::string& word = corpus.vocabulary.word(token);
    if (word == kEndOfSentence) {
      all.emplace_back();
    } else {
      all.back().push_back(word);
    }
  }
  all.pop_back();  // cut, or empty
  return all;
}

bool has(const Sentence& sentence, const std::string& word) {
  return std::find(sentence.begin(), sentence.end(), word) != sentence.end();
}

// e to the mean cross-entropy of the test split under counts of (the `context` words before, word), each
// count one tenth larger than it was.
double perplexity(const Corpus& corpus, long context) {
  std::map<std::vector<int>, double> counts, totals;
  const auto window = [](const Array<int>& tokens, long begin, long end) {
    return std::vector<int>(tokens.begin() + begin, tokens.begin() + end);
  };
  for (long i = context; i < corpus.train.size(); ++i) {
    counts[window(corpus.train, i - context, i + 1)] += 1;
    totals[window(corpus.train, i - context, i)] += 1;
  }
  double sum = 0;
  for (long i = context; i < corpus.test.size(); ++i) {
    const double count = counts[window(corpus.test, i - context, i + 1)] + 0.1;
    const double total = totals[window(corpus.test, i - context, i)] + 0.1 * corpus.vocabulary.size();
    sum -= std::log(count / total);
  }
  return std::exp(sum / static_cast<double>(corpus.test.size() - context));
}

}  // namespace

TEST_CASE("procedural_text_has_the_tokens_asked_for_and_every_word") {
  const Corpus corpus = make_procedural_text({});
  CHECK(corpus.name == "procedural_text");
  CHECK(corpus.train.size() == 50'000);
  CHECK(corpus.valid.size() == 5'000);
  CHECK(corpus.test.size() == 5'000);
  CHECK(corpus.vocabulary.size() == procedural_text_types());
  CHECK(corpus.vocabulary.size() > 90);
  CHECK(corpus.vocabulary.size() < 130);
  std::vector<long> counts(static_cast<std::size_t>(corpus.vocabulary.size()));
  for (const int token : corpus.train) ++counts[static_cast<std::size_t>(token)];
  CHECK(*std::min_element(counts.begin(), counts.end()) > 0);
  for (const std::string& word : corpus.vocabulary.words()) CHECK(word.front() != '$');
}

TEST_CASE("procedural_text_depends_on_the_seed_alone") {
  const Corpus a = make_procedural_text({.train_tokens = 500, .test_tokens = 100});
  const Corpus b = make_procedural_text({.train_tokens = 500, .test_tokens = 100});
  CHECK(a.fingerprint == b.fingerprint);
  CHECK(std::equal(a.train.begin(), a.train.end(), b.train.begin(), b.train.end()));
  CHECK(make_procedural_text({.train_tokens = 500, .test_tokens = 100, .seed = 2}).fingerprint !=
        a.fingerprint);
}

TEST_CASE("procedural_text_begins_alike_whatever_its_length") {
  const Corpus few = make_procedural_text({.train_tokens = 300, .test_tokens = 10});
  const Corpus more = make_procedural_text({.train_tokens = 2000, .test_tokens = 40});
  CHECK(few.vocabulary.size() == more.vocabulary.size());
  for (long i = 0; i < 300; ++i) {
    REQUIRE(few.vocabulary.word(few.train[i]) == more.vocabulary.word(more.train[i]));
  }
}

TEST_CASE("procedural_splits_tell_different_stories") {
  const Corpus corpus = make_procedural_text({.train_tokens = 5000, .test_tokens = 5000});
  for (const auto& [a, b] :
       {std::pair{&corpus.train, &corpus.valid}, std::pair{&corpus.valid, &corpus.test}}) {
    CHECK_FALSE(std::equal(a->begin(), a->begin() + 100, b->begin()));
  }
}

// The words that a story began with come back in its last line, up to seven lines later.
TEST_CASE("procedural_stories_end_with_what_they_began_with") {
  const Corpus corpus = make_procedural_text({});
  Sentence beginning;
  std::size_t lines = 0;
  int ended = 0;
  for (const Sentence& sentence : sentences(corpus, corpus.train)) {
    if (sentence[0] == "one" || (sentence[1] == "was" && sentence[0] != "there"))
      beginning = sentence, lines = 0;
    ++lines;
    const bool home = sentence.back() == "home", left = has(sentence, "left");
    if (!home && !left) continue;
    ++ended;
    CHECK(lines >= 4);
    CHECK(lines <= 7);
    const auto with = std::find(sentence.begin(), sentence.end(), home ? "took" : "with");
    REQUIRE(sentence.end() - with > 3);
    CHECK(has(beginning, with[2]));  // took the COLOUR THING, with his COLOUR THING
    CHECK(has(beginning, with[3]));
    if (left) CHECK(has(beginning, sentence[1]));  // so NAME the JOB left the PLACE
    if (left) CHECK(has(beginning, sentence[3]));
    if (left) CHECK(has(beginning, sentence[6]));
  }
  CHECK(ended > 500);
}

TEST_CASE("procedural_verbs_agree_across_what_stands_between") {
  const Corpus corpus = make_procedural_text({});
  const Sentence one{"dog", "cat", "horse", "child"}, many{"dogs", "cats", "horses", "children"};
  int found = 0;
  for (const Sentence& sentence : sentences(corpus, corpus.train)) {
    if (sentence[0] != "the" || (!has(one, sentence[1]) && !has(many, sentence[1]))) continue;
    ++found;
    const bool singular = has(one, sentence[1]);
    const auto agrees = [&](const std::string& s, const std::string& p) {
      return has(sentence, singular ? s : p);
    };
    CHECK((agrees("waits", "wait") || agrees("sleeps", "sleep") || agrees("plays", "play") ||
           agrees("sings", "sing")));
  }
  CHECK(found > 500);
}

TEST_CASE("procedural_text_is_learned_better_with_more_context") {
  const Corpus corpus = make_procedural_text({});
  const double unigram = perplexity(corpus, 0), bigram = perplexity(corpus, 1),
               trigram = perplexity(corpus, 2);
  CAPTURE(unigram, bigram, trigram);
  CHECK(unigram > 30);
  CHECK(bigram < 0.3 * unigram);
  CHECK(trigram < 0.8 * bigram);
}

TEST_CASE("procedural_text_takes_the_options_of_texts") {
  const CorpusOptions limited{.max_vocabulary = 20};
  const Corpus corpus = make_procedural_text({.train_tokens = 1000, .test_tokens = 100, .corpus = limited});
  CHECK(corpus.vocabulary.size() == 20);
  CHECK(procedural_text_types(limited) == 20);
  CHECK(corpus.vocabulary.find("<unk>"));
  const CorpusOptions replace{.unknown_words = UnknownWords::replace};
  CHECK(procedural_text_types(replace) == procedural_text_types() + 1);
  CHECK_THROWS_WITH(make_procedural_text({.train_tokens = 0}),
                    "procedural_text: found 0 training and 5000 test tokens, expected at least 1 of each");
}

}  // namespace nibble::procedural_text_test
