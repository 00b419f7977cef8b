#include "experiments/launch/value_list.h"

#include <catch2/catch.hpp>
#include <set>

#include "experiments/config/option_value.h"
#include "experiments/process/exit_codes.h"

namespace nibble::value_list_test {

using Values = std::vector<std::string>;

TEST_CASE("list_values_reads_values_and_ranges") {
  struct Case {
    const char* text;
    Values values;
  };
  for (const Case& c : {
           Case{"a, b c ,1e-2", {"a", "b c", "1e-2"}}, Case{"1..5", {"1", "2", "3", "4", "5"}},
           Case{"3..1, 7", {"3", "2", "1", "7"}}, Case{"4..4", {"4"}}, Case{"-2..1", {"-2", "-1", "0", "1"}},
           Case{"0.1..0.5 step 0.1", {"0.1", "0.2", "0.3", "0.4", "0.5"}},
           Case{"1..0 step -0.5", {"1", "0.5", "0"}}, Case{"0..1 step 0.3", {"0", "0.3", "0.6", "0.9"}},
           Case{"0..1 linear 3", {"0", "0.5", "1"}},
           Case{"1e-4..1e-2 log 5", {"1e-4", "0.0003162", "0.001", "0.003162", "1e-2"}},
           Case{"8..1 log 4", {"8", "4", "2", "1"}},
           Case{"../runs/a, runs/b..c", {"../runs/a", "runs/b..c"}},  // paths
       }) {
    INFO(c.text);
    CHECK(list_values(c.text, "f:1") == c.values);
  }
}

TEST_CASE("list_values_refuses_ranges_that_cannot_be") {
  struct Case {
    const char *text, *message;
  };
  for (const Case& c : {
           Case{"1, , 2", "f:1: found '1, , 2', expected a value between two commas"},
           Case{"0.1..0.5",
                "f:1: found range '0.1..0.5', expected whole numbers as 1..5, or step, linear or log with "
                "a number behind it"},
           Case{"1..5 lin 3",
                "f:1: found range '1..5 lin 3', expected whole numbers as 1..5, or step, linear or log "
                "with a number behind it"},
           Case{"1..5 step -1",
                "f:1: found range '1..5 step -1', expected step and a number that leads from the first to "
                "the last "
                "value"},
           Case{"1..5 step",
                "f:1: found range '1..5 step', expected step and a number that leads from the first to "
                "the last value"},
           Case{"1..5 linear 1",
                "f:1: found range '1..5 linear 1', expected linear and a number of values, at least 2"},
           Case{"0..1 log 3", "f:1: found range '0..1 log 3', expected ends above 0 in front of log"},
           Case{"1..1000000", "f:1: found range '1..1000000', expected at most 100000 values"},
       }) {
    INFO(c.text);
    CHECK_THROWS_AS(list_values(c.text, "f:1"), UsageError);
    CHECK_THROWS_WITH(list_values(c.text, "f:1"), c.message);
  }
}

TEST_CASE("random_values_stay_in_their_range_and_reach_its_ends") {
  const RandomValue whole("3..5", "f:1"), real("-1..1.5", "f:1"), log("1e-4..1e-1 log", "f:1"),
      choice("a, b", "f:1");
  std::set<std::string> wholes, choices;
  int small = 0;
  for (std::uint64_t i = 0; i < 600; ++i) {
    const Rng rng = Rng(7).stream(i);
    wholes.insert(whole.draw(rng));
    choices.insert(choice.draw(rng));
    double value = 0;
    REQUIRE(parse_value(real.draw(rng), value));
    CHECK((value >= -1 && value <= 1.5));
    REQUIRE(parse_value(log.draw(rng), value));
    CHECK((value >= 1e-4 && value <= 1e-1));
    small += value < 1e-2;
  }
  CHECK(wholes == std::set<std::string>{"3", "4", "5"});
  CHECK(choices == std::set<std::string>{"a", "b"});
  CHECK(small > 340);  // two of three decades: 400 in the mean, with a deviation of 12
  CHECK(small < 460);
}

TEST_CASE("random_values_refuse_ranges_that_cannot_be") {
  CHECK_THROWS_WITH(RandomValue("2..1", "f:1"),
                    "f:1: found range '2..1', expected LOW..HIGH or LOW..HIGH log, with LOW "
                    "below HIGH");
  CHECK_THROWS_WITH(RandomValue("0..1 log", "f:1"),
                    "f:1: found range '0..1 log', expected ends above 0 in front of log");
  CHECK_THROWS_AS(RandomValue("1..5 step 2", "f:1"), UsageError);
}

}  // namespace nibble::value_list_test
