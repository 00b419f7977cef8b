#include "experiments/config/pattern.h"

#include <catch2/catch.hpp>

namespace nibble::pattern_test {

TEST_CASE("a pattern finds the leftmost match and its groups") {
  const Pattern pair("([a-z]+)=([0-9]+)(%)?");
  CHECK(pair.search("x=1 yy=22%") == std::vector<std::string>{"x=1", "x", "1", ""});
  CHECK(pair.search("=1").empty());
  CHECK(Pattern("^a*$").search("") == std::vector<std::string>{""});
}

TEST_CASE("a zero byte does not end the text in which a pattern is looked for") {
  const std::string text("ab\0cd", 5);
  CHECK(Pattern("^[a-z]+$").search(text).empty());
  CHECK(Pattern("^([^/]*)$").search(text) == std::vector<std::string>{text, text});
  CHECK(Pattern("^.*$").search(text).empty());  // as POSIX has it
}

}  // namespace nibble::pattern_test
