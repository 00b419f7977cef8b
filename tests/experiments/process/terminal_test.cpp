#include "experiments/process/terminal.h"

#include <catch2/catch.hpp>

namespace nibble::terminal_test {

TEST_CASE("durations_read_as_people_say_them") {
  CHECK(format_duration(0) == "0 s");
  CHECK(format_duration(41.4) == "41 s");
  CHECK(format_duration(754) == "12:34");
  CHECK(format_duration(3 * 3600 + 5 * 60 + 7) == "3:05:07");
}

TEST_CASE("wrapped_lines_keep_their_indent_and_their_width") {
  CHECK(wrap("one two three four", 9) == "one two\nthree\nfour\n");
  CHECK(wrap("one two three four", 9, "  ") == "  one two\n  three\n  four\n");
  CHECK(wrap("a very_long_word b", 6) == "a\nvery_long_word\nb\n");
}

TEST_CASE("entries_are_explained_beside_their_names") {
  const std::vector<std::pair<std::string, std::string>> entries{{"a", "one two three"}, {"bcd", "four"}};
  CHECK(explained(entries, 0) == "a    one two three\nbcd  four\n");
  CHECK(explained(entries, 14, "  ") == "  a    one two\n       three\n  bcd  four\n");
}

}  // namespace nibble::terminal_test
