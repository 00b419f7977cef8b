#include "experiments/config/config_file.h"

#include <catch2/catch.hpp>

#include "tests/experiments/config/sample_options.h"
#include "tests/support/temporary_directory.h"

namespace nibble::config_file_test {
namespace {

std::vector<Setting> read(const std::string& text) {
  Fields f;
  return read_config_text(bind(f), text, "f.ini");
}

}  // namespace

TEST_CASE("config_file_reads_settings_and_where_they_stand") {
  const auto settings =
      read("# comment\n[train]\n epochs = 3 # more\n\n[quant]\nitem=a\nitem = b = c\nbits =4\r\n");
  REQUIRE(settings.size() == 4);
  CHECK(settings[0].key == "train.epochs");
  CHECK(settings[0].value == "3");
  CHECK(settings[0].origin == "f.ini:3");
  CHECK(settings[2].value == "b = c");
  CHECK(settings[3].value == "4");
  CHECK(settings[3].origin == "f.ini:8");
}

TEST_CASE("config_file_refuses_with_file_and_line") {
  struct Case {
    const char *text, *message;
  };
  for (const Case& c :
       {Case{"[train]\nepohcs = 3\n", "f.ini:2: unknown key 'epohcs' in [train]; did you mean 'epochs'?"},
        Case{"\n[trian]\nepochs = 3\n", "f.ini:3: unknown section [trian]; did you mean [train]?"},
        Case{"[train]\nepochs = 3\nbatch = 1\nepochs = 3\n",
             "f.ini:4: key 'epochs' in [train] is set a second time, first in f.ini:2"},
        Case{"[train]\nepochs = 3\n[quant]\n[train]\nepochs = 3\n",
             "f.ini:5: key 'epochs' in [train] is set a second time, first in f.ini:2"},
        Case{"[train]\nepochs\n",
             "f.ini:2: found 'epochs', expected [section], key = value, or # and a comment"},
        Case{"epochs = 3\n", "f.ini:1: key 'epochs' stands before the first [section]"},
        Case{"force = true\n", "f.ini:1: key 'force' stands before the first [section]"},
        Case{"[train]\ninclude = a.ini\n",
             "f.ini:2: unknown key 'include' in [train]; 'nibble help train' lists its keys"}}) {
    CHECK_THROWS_AS(read(c.text), UsageError);
    CHECK_THROWS_WITH(read(c.text), c.message);
  }
}

TEST_CASE("config_file_wins_over_what_it_includes_wherever_the_include_stands") {
  const TemporaryDirectory directory;
  const std::string base = (directory / "base.ini").string(), top = (directory / "sub.ini").string();
  write_file(base, "[train]\nepochs = 1\nbatch = 1\n[quant]\nitem = base1\nitem = base2\n");
  write_file(top, "include = base.ini\n[train]\nepochs = 9\n[quant]\nitem = top\n");
  Fields f;
  Options options = bind(f);
  options.apply(read_config_file(options, top));
  CHECK(f.epochs == 9);
  CHECK(f.batch == 1);
  CHECK(f.items == std::vector<std::string>{"top"});
}

TEST_CASE("config_file_refuses_circles_of_includes") {
  const TemporaryDirectory directory;
  const std::string a = (directory / "a.ini").string(), b = (directory / "b.ini").string();
  write_file(a, "include = b.ini\n");
  write_file(b, "include = a.ini\n");
  Fields f;
  const Options options = bind(f);
  CHECK_THROWS_WITH(read_config_file(options, a), b + ":1: include = " + a + " closes a circle: " + a +
                                                      " includes " + b + " includes " + a);
}

TEST_CASE("config_file_bounds_what_includes_may_ask_for") {
  const TemporaryDirectory directory;
  Fields fields;
  Options options = bind(fields);
  for (int i = 0; i < 300; ++i)
    write_file(directory / str("chain", i, ".ini"), str("include = chain", i + 1, ".ini\n"));
  CHECK_THROWS_WITH(read_config_file(options, (directory / "chain0.ini").string()),
                    Catch::Contains("found includes 100 deep, expected fewer"));
  for (int i = 0; i < 24; ++i) {
    const std::string next = str("include = double", i + 1, ".ini\n");
    write_file(directory / str("double", i, ".ini"), next + next);
  }
  write_file(directory / "double24.ini", "");
  CHECK_THROWS_WITH(read_config_file(options, (directory / "double0.ini").string()),
                    Catch::Contains("found more than 1000 included files"));
  std::string long_texts;  // an hour of reading, if nothing ended it
  for (int i = 0; i < 900; ++i) long_texts += "include = long.ini\n";
  write_file(directory / "long.ini", std::string(1 << 19, '\n'));
  write_file(directory / "many.ini", long_texts);
  CHECK_THROWS_WITH(read_config_file(options, (directory / "many.ini").string()),
                    Catch::Contains("many.ini:2: found more than 1048576 bytes in included files"));
  write_file(directory / "zero.ini", "include = /dev/zero\n");
  CHECK_THROWS_WITH(read_config_file(options, (directory / "zero.ini").string()),
                    Catch::Contains("zero.ini:1: config file '/dev/zero' has more than 1048576 bytes"));
}

TEST_CASE("config_file_may_begin_with_a_byte_order_mark") {
  const TemporaryDirectory directory;
  Fields fields;
  Options options = bind(fields);
  write_file(directory / "a.ini", "\xef\xbb\xbf[train]\nepochs = 9\n");
  options.apply(read_config_file(options, (directory / "a.ini").string()));
  CHECK(fields.epochs == 9);
}

TEST_CASE("config_file_names_the_line_that_includes_a_missing_file") {
  const TemporaryDirectory directory;
  const std::string a = (directory / "a.ini").string();
  write_file(a, "\ninclude = nowhere.ini\n");
  Fields f;
  const Options options = bind(f);
  CHECK_THROWS_WITH(read_config_file(options, a),
                    a + ":2: config file '" + (directory / "nowhere.ini").string() + "' cannot be read");
}

TEST_CASE("config_file_suggests_a_neighbour_for_a_misspelt_path") {
  const TemporaryDirectory directory;
  write_file(directory / "resnet20.ini", "");
  Fields f;
  const Options options = bind(f);
  CHECK_THROWS_WITH(read_config_file(options, (directory / "resnet2.ini").string()),
                    Catch::EndsWith("cannot be read; did you mean 'resnet20.ini'?"));
}

}  // namespace nibble::config_file_test
