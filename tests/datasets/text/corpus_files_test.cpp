#include "datasets/text/corpus_files.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "core/check.h"
#include "datasets/files/digest.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_directory.h"

namespace nibble::corpus_files_test {
namespace {

// Three texts in `directory`, with their checksums.
CorpusFormat small_set(const TemporaryDirectory& directory) {
  write_file(directory / "a.txt", "the cat sat\nthe dog\n");
  write_file(directory / "b.txt", "the cat\n");
  write_file(directory / "c.txt", "dog sat\n");
  return {"small",
          {"a.txt", md5_of("the cat sat\nthe dog\n")},
          {"b.txt", md5_of("the cat\n")},
          {"c.txt", md5_of("dog sat\n")}};
}

}  // namespace

TEST_CASE("read_corpus_reads_three_files") {
  const TemporaryDirectory directory;
  const Corpus corpus = read_corpus(small_set(directory), directory.path());
  CHECK(corpus.name == "small");
  CHECK(corpus.vocabulary.words() == std::vector<std::string>{"<eos>", "the", "cat", "dog", "sat"});
  CHECK(std::vector<int>(corpus.train.begin(), corpus.train.end()) == std::vector<int>{1, 2, 4, 0, 1, 3, 0});
  CHECK(std::vector<int>(corpus.valid.begin(), corpus.valid.end()) == std::vector<int>{1, 2, 0});
  CHECK(std::vector<int>(corpus.test.begin(), corpus.test.end()) == std::vector<int>{3, 4, 0});
}

TEST_CASE("read_vocabulary_needs_the_training_file_alone") {
  const TemporaryDirectory directory;
  const CorpusFormat format = small_set(directory);
  const CorpusOptions options{.max_vocabulary = 4};
  const std::vector<std::string> words = read_corpus(format, directory.path(), options).vocabulary.words();
  std::filesystem::remove(directory / "b.txt");
  std::filesystem::remove(directory / "c.txt");
  CHECK(read_vocabulary(format, directory.path(), options).words() == words);
}

TEST_CASE("read_corpus_names_a_missing_file") {
  const TemporaryDirectory directory;
  CorpusFormat format = small_set(directory);
  std::filesystem::remove(directory / "c.txt");
  const std::string message =
      (directory / "c.txt").string() + ": No such file or directory; expected a text with a sentence a line";
  CHECK_THROWS_WITH(read_corpus(format, directory.path()),
                    message + " (`nibble data fetch small` downloads it)");
  format.test.md5.clear();
  CHECK_THROWS_WITH(read_corpus(format, directory.path()), message);
}

TEST_CASE("read_corpus_names_both_checksums_of_a_changed_file_unless_told_not_to_verify") {
  const TemporaryDirectory directory;
  const CorpusFormat format = small_set(directory);
  const std::string before = read_corpus(format, directory.path()).fingerprint;
  write_file(directory / "b.txt", "the dog\n");
  CHECK_THROWS_WITH(read_corpus(format, directory.path()),
                    (directory / "b.txt").string() + ": found MD5 " + md5_of("the dog\n") + ", expected " +
                        format.valid.md5 + "; `dataset.verify = false` reads changed files");
  CHECK(read_corpus(format, directory.path(), {}, false).fingerprint != before);
}

TEST_CASE("read_corpus_names_the_place_of_what_it_refuses") {
  const TemporaryDirectory directory;
  const CorpusFormat format = small_set(directory);
  write_file(directory / "b.txt", "the\n\nbird\n");
  CHECK_THROWS_WITH(read_corpus(format, directory.path(), {}, false),
                    Catch::StartsWith((directory / "b.txt").string() + ":3: found 'bird', expected words"));
  write_file(directory / "b.txt", "the\n\xFF\n");
  CHECK_THROWS_WITH(read_corpus(format, directory.path(), {}, false),
                    Catch::StartsWith((directory / "b.txt").string() + ":2: found byte 255"));
}

TEST_CASE("the_real_penn_treebank_has_the_published_counts") {
  const auto file = shared_data("ptb/ptb.train.txt");
  if (!file) return;  // shared_data has said so
  const Corpus corpus = read_corpus(ptb_format(), file->parent_path());
  CHECK(corpus.train.size() == 929'589);
  CHECK(corpus.valid.size() == 73'760);
  CHECK(corpus.test.size() == 82'430);
  REQUIRE(corpus.vocabulary.size() == 10'000);
  CHECK(corpus.vocabulary.size() == ptb_format().types);
  const std::vector<std::string> first(corpus.vocabulary.words().begin(),
                                       corpus.vocabulary.words().begin() + 6);
  CHECK(first == std::vector<std::string>{"the", "<unk>", "<eos>", "N", "of", "to"});
  CHECK(std::count(corpus.train.begin(), corpus.train.end(), 0) == 50'770);
  CHECK(std::count(corpus.train.begin(), corpus.train.end(), 2) == 42'068);
  CHECK(corpus.vocabulary.words().back() == "wachter");
  std::string begin;  // the first words of the test split
  for (long i = 0; i < 7; ++i) begin += corpus.vocabulary.word(corpus.test[i]) + " ";
  CHECK(begin == "no it was n't black monday <eos> ");

  const Corpus limited = read_corpus(ptb_format(), file->parent_path(), {.max_vocabulary = 1000});
  CHECK(limited.vocabulary.size() == 1000);
  CHECK(limited.vocabulary.word(0) == "<unk>");
  CHECK(limited.valid.size() == 73'760);
}

}  // namespace nibble::corpus_files_test
