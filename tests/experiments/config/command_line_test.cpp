#include "experiments/config/command_line.h"

#include <catch2/catch.hpp>

#include "tests/experiments/config/sample_options.h"

namespace nibble::command_line_test {

TEST_CASE("command_line_takes_both_forms_of_values_switches_and_arguments") {
  Fields f;
  Options options = bind(f);
  const CommandLine line = read_command_line(options, {"a.ini", "--train.epochs", "5", "--quant.bits=-7",
                                                       "--force", "--quant.item", "x", "--quant.item=y"});
  CHECK(line.arguments == std::vector<std::string>{"a.ini"});
  options.apply(line.settings);
  CHECK(f.epochs == 5);
  CHECK(f.bits == -7);
  CHECK(f.force);
  CHECK(f.items == std::vector<std::string>{"x", "y"});
}

TEST_CASE("command_line_takes_a_negative_value_as_a_word_of_its_own") {
  Fields f;
  Options options = bind(f);
  options.apply(read_command_line(options, {"--quant.bits", "-7"}).settings);
  CHECK(f.bits == -7);
}

TEST_CASE("command_line_takes_an_empty_value") {
  Fields f;
  const Options options = bind(f);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--quant.item="}, {"--quant.item", ""}}) {
    const CommandLine line = read_command_line(options, words);
    REQUIRE(line.settings.size() == 1);
    CHECK(line.settings[0].value.empty());
  }
}

TEST_CASE("command_line_takes_values_and_arguments_that_only_look_like_keys") {
  Fields f;
  const Options options = bind(f);
  const CommandLine line = read_command_line(options, {"runs/epochs", "a=3", "--quant.item", "epochs=3"});
  CHECK(line.arguments == std::vector<std::string>{"runs/epochs", "a=3"});
  CHECK(line.settings.at(0).value == "epochs=3");
}

TEST_CASE("command_line_without_keys_of_a_config_names_no_sections") {
  bool force = false;
  Options options;
  options.add_switch("force", force, "Force.");
  CHECK_THROWS_WITH(read_command_line(options, {"--train.epochs=3"}),
                    "command line: unknown option '--train.epochs'");
}

TEST_CASE("command_line_refuses_with_a_sentence") {
  struct Case {
    std::vector<std::string> words;
    const char* message;
  };
  Fields f;
  const Options options = bind(f);
  for (const Case& c : {
           Case{{"--train.epohcs", "3"},
                "command line: unknown key 'epohcs' in [train]; did you mean 'epochs'?"},
           Case{{"--froce"}, "command line: unknown option '--froce'; did you mean '--force'?"},
           Case{{"--train.epoch=3"}, "command line: unknown key 'epoch' in [train]; did you mean 'epochs'?"},
           Case{{"-f"}, "command line: unknown option '-f'"},
           Case{{"--epochs", "3"}, "command line: unknown option '--epochs'; did you mean --train.epochs=3?"},
           Case{{"--epochs=3"}, "command line: unknown option '--epochs'; did you mean --train.epochs=3?"},
           Case{{"--epochs"}, "command line: unknown option '--epochs'; did you mean --train.epochs?"},
           Case{{"train.epochs=3"}, "command line: found 'train.epochs=3'; did you mean --train.epochs=3?"},
           Case{{"epochs=3"}, "command line: found 'epochs=3'; did you mean --train.epochs=3?"},
           Case{{"a.ini", "train.epochs", "3"},
                "command line: found 'train.epochs'; did you mean --train.epochs=3?"},
           Case{{"--force=true"}, "command line: option '--force' does not take any arguments"},
           Case{{"--train.epochs=1", "--train.epochs=2"}, "command line: '--train.epochs' is given twice"},
       }) {
    CHECK_THROWS_AS(read_command_line(options, c.words), UsageError);
    CHECK_THROWS_WITH(read_command_line(options, c.words), c.message);
  }
  CHECK_THROWS_WITH(read_command_line(options, {"--train.epochs"}),
                    Catch::StartsWith("command line: ") && Catch::Contains("train.epochs"));
}

}  // namespace nibble::command_line_test
