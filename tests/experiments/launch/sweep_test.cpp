#include "experiments/launch/sweep.h"

#include <catch2/catch.hpp>

#include "tests/support/temporary_directory.h"

namespace nibble::sweep_test {
namespace {

/// A sweep file beside a base config of two epochs, named base.
Sweep load(const TemporaryDirectory& directory, const std::string& text,
           const std::vector<Setting>& overrides = {}) {
  write_file(directory / "base.ini", "[run]\nname = base\n[train]\nepochs = 2\n");
  write_file(directory / "sweep.ini", text);
  return load_sweep((directory / "sweep.ini").string(), overrides);
}

std::vector<std::string> names(const Sweep& sweep) {
  std::vector<std::string> names;
  for (const SweepRun& run : sweep.runs) names.push_back(run.name);
  return names;
}

std::string value_of(const SweepRun& run, const std::string& key) {
  for (const Setting& setting : run.settings)
    if (setting.key == key) return setting.value;
  return "unset";
}

}  // namespace

TEST_CASE("sweep_runs_the_cross_product_the_last_axis_fastest") {
  const TemporaryDirectory directory;
  const Sweep sweep = load(
      directory, "[sweep]\nconfig = base.ini\ngrid = quant.method: lsq, pact\ngrid = run.seed: 1, 2, 3\n");
  CHECK(names(sweep) == std::vector<std::string>{"base-lsq-1", "base-lsq-2", "base-lsq-3", "base-pact-1",
                                                 "base-pact-2", "base-pact-3"});
  CHECK(value_of(sweep.runs[4], "quant.method") == "pact");
  CHECK(value_of(sweep.runs[4], "run.seed") == "2");
  CHECK(sweep.runs[4].directory == "runs/base-pact-2");
  CHECK(sweep.base == (directory / "base.ini").string());
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

}  // namespace nibble::sweep_test
