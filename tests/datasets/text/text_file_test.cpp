#include "datasets/text/text_file.h"

#include <catch2/catch.hpp>
#include <utility>
#include <vector>

#include "core/check.h"
#include "tests/support/temporary_directory.h"

namespace nibble::text_file_test {
namespace {

using Words = std::vector<std::pair<std::string, long>>;

Words words_of(const std::string& bytes) {
  Words words;
  for_each_word({"text", bytes},
                [&](std::string_view word, long line) { words.emplace_back(std::string(word), line); });
  return words;
}

}  // namespace

TEST_CASE("words_are_what_blanks_separate_and_lines_end_with_eos") {
  const Words expected{{"the", 1}, {"cat", 1}, {"<eos>", 1}, {"sat", 2}, {"<eos>", 2}};
  CHECK(words_of(" the cat \nsat\n") == expected);
  CHECK(words_of("the\t\tcat\r\nsat") == expected);  // of another system, and without a last line feed
}

TEST_CASE("empty_lines_are_sentences_without_words") {
  CHECK(words_of("a\n\nb\n") == Words{{"a", 1}, {"<eos>", 1}, {"<eos>", 2}, {"b", 3}, {"<eos>", 3}});
  CHECK(words_of("").empty());
}

TEST_CASE("read_text_file_takes_every_utf8_character") {
  const TemporaryDirectory directory;
  const std::string bytes =
      "a \xC2\x80 \xE0\xA0\x80 \xED\x9F\xBF \xEF\xBF\xBD \xF0\x90\x80\x80 \xF4\x8F\xBF\xBF\n";
  write_file(directory / "text", bytes);
  const Text text = read_text_file(directory / "text");
  CHECK(text.bytes == bytes);
  CHECK(text.name == (directory / "text").string());
}

TEST_CASE("read_text_file_names_the_line_that_is_no_text") {
  const TemporaryDirectory directory;
  const std::string path = (directory / "text").string();
  write_file(path, std::string("a\nb\n\0c\n", 7));
  CHECK_THROWS_WITH(read_text_file(path), path + ":3: found a NUL byte, expected text in UTF-8");
  for (const char* const wrong :
       {"\xFF", "\x80", "\xC1\x81", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xC3", "\xE2\x82", "\xF0\x90\x80z"}) {
    write_file(path, std::string("a\nb ") + wrong);
    const unsigned byte = static_cast<unsigned char>(*wrong);
    CHECK_THROWS_WITH(read_text_file(path), path + ":2: found byte " + std::to_string(byte) +
                                                ", which begins no character, expected text in UTF-8");
  }
}

TEST_CASE("read_text_file_names_what_is_no_file_with_text") {
  const TemporaryDirectory directory;
  const std::string path = (directory / "text").string(), expected = "expected a text with a sentence a line";
  CHECK_THROWS_WITH(read_text_file(path, " (advice)"),
                    path + ": No such file or directory; " + expected + " (advice)");
  CHECK_THROWS_WITH(read_text_file(directory.path(), " (advice)"),
                    directory.path().string() + ": Is a directory; " + expected);
  write_file(path, "");
  CHECK_THROWS_WITH(read_text_file(path), path + ": found an empty file, " + expected);
  write_file(path, " \n\t\n");
  CHECK_THROWS_WITH(read_text_file(path), path + ": found a file of blanks, " + expected);
}

}  // namespace nibble::text_file_test
