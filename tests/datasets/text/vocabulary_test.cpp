#include "datasets/text/vocabulary.h"

#include <catch2/catch.hpp>

#include "core/check.h"

namespace nibble::vocabulary_test {

using Words = std::vector<std::string>;

TEST_CASE("a_vocabulary_gives_each_word_the_token_of_its_place") {
  const Vocabulary vocabulary(Words{"the", "<eos>", "äpfel"});
  REQUIRE(vocabulary.size() == 3);
  for (int token = 0; token < 3; ++token) CHECK(vocabulary.find(vocabulary.word(token)) == token);
  CHECK(vocabulary.find("The") == std::nullopt);
  CHECK(vocabulary.find("") == std::nullopt);
  CHECK(vocabulary.words() == Words{"the", "<eos>", "äpfel"});
}

TEST_CASE("a_copied_vocabulary_outlives_its_original") {
  Vocabulary copy;
  CHECK(copy.size() == 0);
  {
    const Vocabulary original(Words{"a", "b"});
    copy = original;
  }
  CHECK(copy.find("b") == 1);
  CHECK(copy.word(0) == "a");
}

TEST_CASE("a_vocabulary_refuses_words_that_no_text_has") {
  CHECK_THROWS_WITH(Vocabulary(Words{}), "vocabulary: found 0 words, expected 1 to 16777216");
  CHECK_THROWS_WITH(Vocabulary(Words{"a", ""}),
                    "vocabulary: found an empty word with token 1, expected at least one letter");
  CHECK_THROWS_WITH(Vocabulary(Words{"a", "b", "a"}),
                    "vocabulary: found 'a' with the tokens 0 and 2, expected every word once");
}

TEST_CASE("a_vocabulary_refuses_tokens_out_of_range") {
  const Vocabulary vocabulary(Words{"a", "b"});
  CHECK_THROWS_WITH(vocabulary.word(2), "vocabulary: found token 2, expected 0 to 1");
  CHECK_THROWS_AS(vocabulary.word(-1), Error);
}

TEST_CASE("frequent_words_come_first_and_ties_go_by_bytes") {
  const Vocabulary vocabulary = vocabulary_by_count({{"b", 2}, {"Z", 2}, {"é", 2}, {"rare", 1}, {"a", 5}});
  CHECK(vocabulary.words() == Words{"a", "Z", "b", "é", "rare"});
}

}  // namespace nibble::vocabulary_test
