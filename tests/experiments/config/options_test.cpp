#include "experiments/config/options.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace nibble::options_test {
namespace {

enum class Color { red, green };

struct Fields {
  int bits = 4;
  double rate = 0.1;
  bool fast = true;
  std::string text = "runs";
  Color color = Color::red;
  std::vector<int> steps{1, 2};
  std::vector<std::string> items;
  std::uint64_t seed = 1;
};

Options bind(Fields& f) {
  Options options;
  options.add("a.bits", f.bits, "Bits.", within(2, 8));
  options.add("a.rate", f.rate, "Rate.", above(0));
  options.add("a.fast", f.fast, "Fast.");
  options.add("b.text", f.text, "Text.");
  options.add<Color>("b.color", f.color, {{"red", Color::red}, {"green", Color::green}}, "Color.");
  options.add("b.steps", f.steps, "Steps.", at_least(1));
  options.add("b.seed", f.seed, "Seed.");
  options.add_repeatable<std::string>(
      "b.item", f.items, "an item",
      [](const std::string& t, std::string& item) { return !(item = t).empty(); },
      [](const std::string& item) { return item; }, "Items.");
  return options;
}

}  // namespace

TEST_CASE("options_set_fields_of_every_type") {
  Fields f;
  Options options = bind(f);
  options.apply({{"a.bits", "8", ""},
                 {"a.rate", "5e-3", ""},
                 {"a.fast", "no", ""},
                 {"b.text", " a b ", ""},
                 {"b.color", "green", ""},
                 {"b.steps", "3, 5,7", ""},
                 {"b.seed", "18446744073709551615", ""},
                 {"b.item", "x", ""},
                 {"b.item", "y", ""}});
  CHECK(f.bits == 8);
  CHECK(f.rate == 5e-3);
  CHECK_FALSE(f.fast);
  CHECK(f.text == "a b");
  CHECK(f.color == Color::green);
  CHECK(f.steps == std::vector<int>{3, 5, 7});
  CHECK(f.seed == 18446744073709551615u);
  CHECK(f.items == std::vector<std::string>{"x", "y"});
}

TEST_CASE("options_refuse_bad_values_saying_where_what_and_what_instead") {
  struct Case {
    const char *key, *value, *message;
  };
  for (const Case& c : {
           Case{"a.bits", "four", "f.ini:3: a.bits is 'four', expected a whole number from 2 to 8"},
           Case{"a.bits", "9", "f.ini:3: a.bits is '9', expected a whole number from 2 to 8"},
           Case{"a.bits", "4.0", "f.ini:3: a.bits is '4.0', expected a whole number from 2 to 8"},
           Case{"a.bits", "99999999999",
                "f.ini:3: a.bits is '99999999999', expected a whole number from 2 to 8"},
           Case{"a.bits", "", "f.ini:3: a.bits is '', expected a whole number from 2 to 8"},
           Case{"a.rate", "0", "f.ini:3: a.rate is '0', expected a number above 0"},
           Case{"a.rate", "nan", "f.ini:3: a.rate is 'nan', expected a number above 0"},
           Case{"a.rate", "1x", "f.ini:3: a.rate is '1x', expected a number above 0"},
           Case{"a.fast", "maybe", "f.ini:3: a.fast is 'maybe', expected true or false"},
           Case{"b.text", "a#b", "f.ini:3: b.text is 'a#b', expected a text without '#'"},
           Case{"b.color", "gren",
                "f.ini:3: b.color is 'gren', expected one of red, green; did you mean 'green'?"},
           Case{"b.steps", "1,,2",
                "f.ini:3: b.steps is '1,,2', expected a list, separated by commas, each a whole number of at "
                "least 1"},
       }) {
    Fields f;
    Options options = bind(f);
    CHECK_THROWS_WITH(options.apply({{c.key, c.value, "f.ini:3"}}), c.message);
  }
}

TEST_CASE("options_refuse_unknown_keys_with_a_suggestion") {
  struct Case {
    const char *key, *message;
  };
  Fields f;
  const Options options = bind(f);
  for (const Case& c :
       {Case{"a.bitz", "f.ini:3: unknown key 'bitz' in [a]; did you mean 'bits'?"},
        Case{"a.color", "f.ini:3: unknown key 'color' in [a]; did you mean b.color?"},
        Case{"a.wonderful", "f.ini:3: unknown key 'wonderful' in [a]; 'nibble help a' lists its keys"},
        Case{"zebra.bits", "f.ini:3: unknown section [zebra]; there are [a], [b]"},
        Case{"bits", "f.ini:3: unknown key 'bits'; did you mean a.bits?"},
        Case{
            "b.a.bits",
            "f.ini:3: unknown key 'a.bits' in [b]; a.bits stands as 'bits' in [a], and 'nibble help b' lists "
            "the keys of [b]"}}) {
    CHECK_THROWS_AS(options.check_known(c.key, "f.ini:3"), UsageError);
    CHECK_THROWS_WITH(options.check_known(c.key, "f.ini:3"), c.message);
  }
}

TEST_CASE("options_explain_every_key_with_its_default") {
  Fields f;
  const std::string text = bind(f).explain("b");
  CHECK_THAT(text, Catch::Contains("steps = 1, 2"));
  CHECK_THAT(text, Catch::Contains("one of red, green"));
  CHECK_THAT(text, !Catch::Contains("bits"));
}

TEST_CASE("options_explain_a_key_by_its_name_within_the_width") {
  Fields f;
  int elsewhere = 3;
  Options options = bind(f);
  options.add("c.bits", elsewhere, "Other bits, of which there is more to be said than fits into one line.");
  CHECK(options.explain_key("a.bits") ==
        "  a.bits = 4\n      Bits.\n      Expects a whole number from 2 to 8.\n");
  CHECK_THAT(
      options.explain_key("bits", 40),
      Catch::StartsWith(options.explain_key("a.bits", 40)) &&
          Catch::EndsWith("  c.bits = 3\n      Other bits, of which there is more\n      to be said than "
                          "fits into one\n      line.\n      Expects a whole number.\n"));
  CHECK(options.explain_key("c.rate").empty());
}

TEST_CASE("later_settings_replace_repeatable_ones_of_earlier_sources") {
  const auto merged =
      merge({{"b.item", "x", ""}, {"b.item", "y", ""}, {"a.bits", "3", ""}}, {{"b.item", "z", ""}});
  Fields f;
  f.items = {"default"};
  Options options = bind(f);
  options.apply(merged);
  CHECK(f.items == std::vector<std::string>{"z"});
  CHECK(f.bits == 3);
}

TEST_CASE("numbers_print_so_that_they_read_back_exactly") {
  for (const double value : {0.1, 1e-4, 1.0 / 3, 6.02e23, 0.0, -2.5, 1e-300}) {
    double back = 7;
    REQUIRE(parse_value(format_value(value), back));
    CHECK(back == value);
  }
}

}  // namespace nibble::options_test
