#include "datasets/text/text_batches.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "core/check.h"

namespace nibble::text_batches_test {
namespace {

// 100, 101, 102, ...: a token tells its place.
Array<int> counted(long n) {
  Array<int> tokens({n});
  for (long i = 0; i < n; ++i) tokens[i] = static_cast<int>(100 + i);
  return tokens;
}

std::vector<int> words(const Batch& batch) {
  std::vector<int> result;
  for (const Real x : batch.x) result.push_back(static_cast<int>(x));
  return result;
}

std::vector<int> next_words(const Batch& batch) {
  const Array<int>& next = std::get<WordTargets>(batch.targets).words;
  return {next.begin(), next.end()};
}

bool same(const Batch& a, const Batch& b) {
  return a.x.shape() == b.x.shape() && words(a) == words(b) && next_words(a) == next_words(b);
}

}  // namespace

TEST_CASE("text_batches_are_windows_of_consecutive_streams_step_by_step") {
  TextBatches batches(counted(17), {.sequences = 2, .unroll = 3});  // two streams of 8; 116 is dropped
  REQUIRE(batches.batches_per_epoch() == 2);
  const Batch first = batches.next(), second = batches.next();
  CHECK(first.x.shape() == Shape{6, 1});
  CHECK(words(first) == std::vector<int>{100, 108, 101, 109, 102, 110});
  CHECK(next_words(first) == std::vector<int>{101, 109, 102, 110, 103, 111});
  CHECK(words(second) == std::vector<int>{103, 111, 104, 112, 105, 113});
  CHECK(next_words(second) == std::vector<int>{104, 112, 105, 113, 106, 114});
}

TEST_CASE("a_text_batch_needs_the_word_after_its_last") {
  CHECK(TextBatches(counted(2 * 7), {.sequences = 2, .unroll = 3}).batches_per_epoch() == 2);
  CHECK(TextBatches(counted(2 * 6), {.sequences = 2, .unroll = 3}).batches_per_epoch() == 1);
  // Penn Treebank with the options of Zaremba et al. 2014, small: (929589 / 20 - 1) / 20.
  CHECK(TextBatches(counted(929'589), {.sequences = 20, .unroll = 20}).batches_per_epoch() == 2323);
}

TEST_CASE("every_epoch_of_a_text_is_the_same") {
  TextBatches batches(counted(100), {.sequences = 3, .unroll = 5});
  REQUIRE(batches.batches_per_epoch() == 6);
  std::vector<Batch> first;
  for (int b = 0; b < 6; ++b) first.push_back(batches.next());
  CHECK(batches.position() == BatchPosition{1, 0});
  for (const Batch& batch : first) CHECK(same(batch, batches.next()));
}

TEST_CASE("seek_resumes_a_text_where_it_was") {
  const std::unique_ptr<BatchStream> uninterrupted =
      std::make_unique<TextBatches>(counted(100), TextBatchOptions{.sequences = 3, .unroll = 5});
  for (int b = 0; b < 8; ++b) uninterrupted->next();
  CHECK(uninterrupted->position() == BatchPosition{1, 2});
  TextBatches resumed(counted(100), {.sequences = 3, .unroll = 5});
  resumed.seek(uninterrupted->position());
  for (int b = 0; b < 10; ++b) {
    CHECK(resumed.position() == uninterrupted->position());
    CHECK(same(resumed.next(), uninterrupted->next()));
  }
  CHECK_THROWS_WITH(
      resumed.seek({0, 6}),
      "text batches: found position epoch 0, batch 6, expected an epoch from 0 and a batch from 0 "
      "to 5");
  CHECK_THROWS_AS(resumed.seek({-1, 0}), Error);
}

TEST_CASE("evaluation_with_one_sequence_asks_for_every_word_but_the_first") {
  const Array<int> tokens = counted(23);
  const long steps = text_steps(tokens, 1);
  REQUIRE(steps == 22);
  int expected = 100;
  for (long begin = 0; begin < steps; begin += 5) {
    const Batch batch = text_batch(tokens, 1, begin, std::min(begin + 5, steps));  // the last has 2 steps
    for (const int word : words(batch)) CHECK(word == expected++);
    CHECK(next_words(batch).back() == expected);
  }
  CHECK(expected == 122);
}

TEST_CASE("text_batch_reads_the_windows_of_training") {
  const Array<int> tokens = counted(100);
  TextBatches batches(tokens, {.sequences = 4, .unroll = 7});
  for (long b = 0; b < batches.batches_per_epoch(); ++b) {
    CHECK(same(batches.next(), text_batch(tokens, 4, 7 * b, 7 * b + 7)));
  }
}

TEST_CASE("a_token_of_the_largest_vocabulary_is_exact") {
  Array<int> tokens({2});
  tokens[0] = (1 << 24) - 1;
  CHECK(words(text_batch(tokens, 1, 0, 1)) == std::vector<int>{(1 << 24) - 1});
}

TEST_CASE("text_batches_refuse_what_leaves_no_batch") {
  CHECK_THROWS_WITH(
      TextBatches(counted(70), {.sequences = 2, .unroll = 35}),
      "text batches: found 70 tokens, which give 2 sequences 35 each, expected at least 36 for a "
      "batch of 35 steps and the word after them");
  CHECK_THROWS_WITH(TextBatches(counted(5), {.sequences = 20, .unroll = 35}),
                    Catch::StartsWith("text batches: found 5 tokens, which give 20 sequences 0 each"));
  CHECK_THROWS_WITH(TextBatches(counted(70), {.sequences = 0, .unroll = 35}),
                    "text batches: found 0 sequences of 35 steps, expected at least 1 of each");
  CHECK_THROWS_AS(TextBatches(counted(70), {.sequences = 2, .unroll = 0}), Error);
}

TEST_CASE("text_batch_refuses_steps_that_are_not_there") {
  CHECK_THROWS_WITH(text_batch(counted(20), 2, 3, 10),
                    "text_batch: found steps 3 to 10, expected a range within 0 to 9");
  CHECK_THROWS_AS(text_batch(counted(20), 2, 4, 4), Error);
  CHECK_THROWS_WITH(
      text_steps(counted(3), 2),
      "text_steps: found 3 tokens and 2 sequences, expected at least 1 sequence and 2 tokens for "
      "each");
  CHECK_THROWS_AS(text_steps(counted(3), 0), Error);
}

}  // namespace nibble::text_batches_test
