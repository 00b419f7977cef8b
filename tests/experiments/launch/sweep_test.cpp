#include "experiments/launch/sweep.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "experiments/launch/manifest.h"
#include "experiments/launch/select_runs.h"
#include "experiments/launch/sweep_states.h"
#include "tests/experiments/launch/sweep_files.h"

namespace nibble::sweep_test {

TEST_CASE("sweep_runs_the_cross_product_the_last_axis_fastest") {
  const TemporaryDirectory directory;
  const Sweep sweep = load(
      directory, "[sweep]\nconfig = base.ini\ngrid = quant.method: lsq, pact\ngrid = run.seed: 1, 2, 3\n");
  CHECK(names(sweep) == std::vector<std::string>{"base-lsq-1", "base-lsq-2", "base-lsq-3", "base-pact-1",
                                                 "base-pact-2", "base-pact-3"});
  CHECK(value_of(sweep.runs[4], "quant.method") == "pact");
  CHECK(value_of(sweep.runs[4], "run.seed") == "2");
  CHECK(sweep.runs[4].directory == "runs/base-pact-2");
  CHECK(sweep.runs[0].base == (directory / "base.ini").string());
}

TEST_CASE("sweep_names_runs_by_its_pattern") {
  const TemporaryDirectory directory;
  const Sweep sweep = load(directory,
                           "[sweep]\nconfig = base.ini\ngrid = train.learning_rate: 0.1, 1e-2\n"
                           "name = lr{train.learning_rate}_net\n");
  CHECK(names(sweep) == std::vector<std::string>{"lr0.1_net", "lr1e-2_net"});
}

TEST_CASE("sweep_settings_and_the_command_line_win_over_the_base") {
  const TemporaryDirectory directory;
  const Sweep sweep =
      load(directory, "[sweep]\nconfig = base.ini\ngrid = run.seed: 1\n[train]\nepochs = 5\nbatch = 7\n",
           {{"train.batch", "8", "command line"}, {"run.output", "elsewhere", "command line"}});
  CHECK(value_of(sweep.runs[0], "train.epochs") == "5");
  CHECK(value_of(sweep.runs[0], "train.batch") == "8");
  CHECK(value_of(sweep.runs[0], "sweep.config") == "unset");
  CHECK(sweep.runs[0].directory == "elsewhere/base-1");
}

TEST_CASE("sweep_refuses_with_a_sentence_before_anything_runs") {
  struct Case {
    const char *text, *message;
  };
  const TemporaryDirectory directory;
  const std::string file = (directory / "sweep.ini").string();
  for (const Case& c : {
           Case{"[sweep]\ngrid = run.seed: 1\n", ": [sweep] has no config, expected config = BASE.ini"},
           Case{"[sweep]\nconfig = base.ini\n", ": [sweep] has no grid, expected grid = KEY: VALUE, VALUE"},
           Case{"[sweep]\nconfig = base.ini\ngrid = run.sed: 1\n",
                ":3: unknown key 'sed' in [run]; did you mean 'seed'?"},
           Case{"[sweep]\nconfig = base.ini\ngrid = run.seed 1\n",
                ":3: sweep.grid is 'run.seed 1', expected KEY: VALUE, VALUE, ..."},
           Case{"[sweep]\nconfig = base.ini\ngrid = quant.weight_bits: 4, 9\n",
                ":3: quant.weight_bits is '9', expected a whole number from 2 to 8"},
           Case{"[sweep]\nconfig = base.ini\ngrid = run.seed: 1\ngrid = run.seed: 2\n",
                ":4: sweep.grid names run.seed twice"},
           Case{"[sweep]\nconfig = base.ini\ngrid = run.seed: 1, 2\nname = same\n",
                ": two runs of the sweep are named 'same'; put more keys into sweep.name"},
           Case{"[sweep]\nconfig = base.ini\ngrid = run.seed: 1\nname = {train.epochs}\n",
                ":4: sweep.name is '{train.epochs}', expected {KEY} of this sweep's grid only"},
       }) {
    CHECK_THROWS_AS(load(directory, c.text), UsageError);
    CHECK_THROWS_WITH(load(directory, c.text), file + c.message);
  }
}

TEST_CASE("sweep_manifest_holds_the_runs_as_they_were") {
  const TemporaryDirectory directory;
  write_file(directory / "quantized.ini", "[quant]\nmethod = lsq\n");
  const Sweep sweep = load(directory,
                           "[stage float]\nconfig = base.ini\ngrid = run.seed: 1..2\n"
                           "[stage low]\nconfig = quantized.ini\nparent = float\n");
  const std::string path = write_manifest(sweep, directory.path());
  write_file(directory / "base.ini", "[train]\nepochs = 3\n");  // comes too late
  const Sweep read = load_sweep(path, {});
  REQUIRE(names(read) == names(sweep));
  for (std::size_t i = 0; i < sweep.runs.size(); ++i) {
    CHECK(print_config(read.runs[i].config) == print_config(sweep.runs[i].config));
    CHECK(read.runs[i].parent == sweep.runs[i].parent);
    CHECK(read.runs[i].stage == sweep.runs[i].stage);
    CHECK(read.runs[i].directory == sweep.runs[i].directory);
  }
  CHECK(load_sweep(path, {{"run.threads", "3", "command line"}}).runs[3].config.run.threads == 3);
  CHECK_THROWS_WITH(load_sweep(path, {{"train.epochs", "3", "command line"}}),
                    Catch::StartsWith("sweep: found --train.epochs with a manifest"));
  write_file(path, read_file(path) + "x - 9 configs/x.ini\n");
  CHECK_THROWS_WITH(load_sweep(path, {}),
                    path +
                        ":6: found 'x - 9 configs/x.ini', expected NAME STAGE PARENT CONFIG "
                        "with a parent above");
}

TEST_CASE("sweep_selects_runs_by_number_name_and_failure") {
  const TemporaryDirectory directory;
  const Sweep sweep =
      load(directory, "[sweep]\nconfig = base.ini\ngrid = quant.weight_bits: 4, 3\ngrid = run.seed: 1..3\n",
           {{"run.output", directory.path(), "command line"}});
  using Places = std::vector<std::size_t>;
  CHECK(select_runs(sweep, {}) == Places{0, 1, 2, 3, 4, 5});
  CHECK(select_runs(sweep, {.index = "1, 3..4"}) == Places{0, 2, 3});
  CHECK(select_runs(sweep, {.only = "*-3-?, base-4-2"}) == Places{1, 3, 4, 5});
  CHECK(select_runs(sweep, {.index = "1..4", .only = "*-3-?"}) == Places{3});
  CHECK(select_runs(sweep, {.failed = true}).empty());
  std::filesystem::create_directories(sweep.runs[4].directory);
  write_file(sweep.runs[4].directory + "/FAILED", "a sentence\n");
  CHECK(select_runs(sweep, {.failed = true}) == Places{4});
  CHECK_THROWS_WITH(select_runs(sweep, {.index = "7"}),
                    "sweep: --index is '7', expected a number from 1 to 6");
  CHECK_THROWS_WITH(
      select_runs(sweep, {.only = "base-4-4"}),
      "sweep: --only is 'base-4-4', which fits none of 6 runs; did you mean 'base-4-1'?; --list shows "
      "their names");
}

TEST_CASE("sweep_list_shows_numbers_parents_and_values") {
  const TemporaryDirectory directory;
  write_file(directory / "quantized.ini", "[quant]\nmethod = lsq\n");
  const Sweep sweep =
      load(directory,
           "[stage float]\nconfig = base.ini\ngrid = run.seed: 5\nname = f\n"
           "[stage low]\nconfig = quantized.ini\nparent = float\ngrid = quant.weight_bits: 3\n");
  std::ostringstream out;
  print_list(sweep, {0, 1}, out);
  CHECK(out.str() ==
        "index  run      stage  parent  quant.weight_bits  run.seed\n"
        "    1  f        float  -       -                  5\n"
        "    2  f-low-3  low    f       3                  5\n");
}

}  // namespace nibble::sweep_test
