#include <catch2/catch.hpp>
#include <set>

#include "tests/experiments/launch/sweep_files.h"

namespace nibble::sweep_stages_test {

TEST_CASE("sweep_couples_keys_and_applies_axes_where_a_condition_holds") {
  const TemporaryDirectory directory;
  const Sweep sweep =
      load(directory,
           "[sweep]\nconfig = base.ini\nzip = quant.weight_bits: 2..4 | quant.activation_bits: 2..4\n"
           "grid = train.damping: 0, 0.1 if quant.weight_bits < 3\n"
           "grid = run.seed: 1, 2\nexcept = run.seed = 2 and quant.weight_bits = 4\n"
           "[quant]\nmethod = lsq\n");
  CHECK(names(sweep) == std::vector<std::string>{"base-2-2-0-1", "base-2-2-0-2", "base-2-2-0.1-1",
                                                 "base-2-2-0.1-2", "base-3-3-1", "base-3-3-2", "base-4-4-1"});
  CHECK(sweep.runs[2].config.train.damping == 0.1);
  CHECK(sweep.runs[4].config.train.damping == 0);
  CHECK(sweep.runs[4].config.quant.activation_bits == 3);
}

TEST_CASE("sweep_draws_random_points_that_a_larger_budget_adds_to") {
  const TemporaryDirectory directory;
  const auto values = [&](const std::string& budget, const std::string& seed) {
    const Sweep sweep = load(directory,
                             "[sweep]\nconfig = base.ini\nrandom = train.learning_rate: 1e-4..1e-1 log\n"
                             "random = train.batch: 16..64\nbudget = " +
                                 budget + "\nrandom_seed = " + seed + "\nname = point{sample}\n");
    std::vector<std::string> all;
    for (const SweepRun& run : sweep.runs)
      all.push_back(run.name + " " + value_of(run, "train.learning_rate") + " " +
                    value_of(run, "train.batch"));
    return all;
  };
  const std::vector<std::string> five = values("5", "1"), eight = values("8", "1");
  REQUIRE(five.size() == 5);
  REQUIRE(eight.size() == 8);
  CHECK(std::equal(five.begin(), five.end(), eight.begin()));
  CHECK(five.front().starts_with("point1 "));
  CHECK(values("5", "2") != five);
  CHECK(std::set<std::string>(eight.begin(), eight.end()).size() == 8);
}

TEST_CASE("sweep_stages_go_on_from_their_parents_runs") {
  const TemporaryDirectory directory;
  write_file(directory / "quantized.ini", "[quant]\nmethod = lsq\n[train]\nepochs = 1\n");
  const Sweep sweep =
      load(directory,
           "[run]\noutput = study\n"
           "[stage float]\nconfig = base.ini\ngrid = run.seed: 1..2\nname = float{run.seed}\n"
           "[train]\nbatch = 7\n"
           "[stage low]\nconfig = quantized.ini\nparent = float\n"
           "into = model.start_from, train.teacher\ngrid = quant.weight_bits: 4, 3\n"
           "[stage again]\nconfig = quantized.ini\nparent = low\ninherit = quant.weight_bits\n"
           "name = {parent}_again{quant.weight_bits}\n");
  CHECK(names(sweep) == std::vector<std::string>{"float1", "float2", "float1-low-4", "float1-low-3",
                                                 "float2-low-4", "float2-low-3", "float1-low-4_again4",
                                                 "float1-low-3_again3", "float2-low-4_again4",
                                                 "float2-low-3_again3"});
  CHECK(sweep.runs[0].config.train.batch == 7);
  CHECK(sweep.runs[2].config.train.batch == 128);
  CHECK(sweep.runs[4].parent == 1U);
  CHECK(sweep.runs[4].config.start_from == "study/float2");
  CHECK(sweep.runs[4].config.train.teacher == "study/float2");
  CHECK(sweep.runs[4].config.run.seed == 2);
  CHECK(sweep.runs[9].config.quant.weight_bits == 3);
  CHECK(sweep.runs[9].config.run.seed == 1);  // neither inherited by name nor an axis of its own
  CHECK(sweep.runs[9].config.start_from == "study/float2-low-3");
}

TEST_CASE("sweep_refuses_axes_and_stages_with_file_and_line") {
  struct Case {
    const char *text, *message;
  };
  const std::string begin = "[sweep]\nconfig = base.ini\n";
  const TemporaryDirectory directory;
  const std::string file = (directory / "sweep.ini").string();
  for (const Case& c : {
           Case{"zip = run.seed: 1, 2 | train.batch: 8\n",
                ":3: sweep.zip found 1 values of train.batch, expected 2 as of run.seed"},
           Case{"zip = run.seed: 1, 2 | train.batch\n",
                ":3: sweep.zip found 'train.batch', expected KEY: VALUE, VALUE, ..."},
           Case{"grid = run.seed: 1..x\n", ":3: run.seed is '1..x', expected a whole number of at least 0"},
           Case{"grid = run.seed: 1 if train.batch: 3\n",
                ":3: found condition 'train.batch: 3', expected KEY = VALUE, or != < <= > >= for ="},
           Case{"grid = run.seed: 1, 2 if train.btch = 3\n",
                ":3: unknown key 'btch' in [train]; did you mean 'batch'?"},
           Case{"grid = run.seed: 1 if train.batch = 8\ngrid = train.batch: 8\n",
                ":3: found train.batch in a condition above its own axis, expected it below"},
           Case{"grid = run.name: a, b\n",
                ":3: found run.name as the key of an axis, expected one of a run's config; sweep.name names "
                "the runs"},
           Case{"random = train.batch: 8..9\n",
                ":3: found sweep.random without sweep.budget, expected budget = so many points"},
           Case{"random = train.batch: 8..9\nbudget = 3\n",
                ":3: found 2 different points to draw, expected sweep.budget, 3"},
           Case{"grid = run.seed: 1\nexcept = run.seed > 0\n", ": sweep.except leaves no run, expected some"},
           Case{"grid = run.seed: 1\nparent = a\n",
                ":4: found sweep.parent in a file without stages, expected [stage NAME]"},
           Case{"grid = run.seed: 1\n[stage a]\n",
                ":3: found sweep.grid in front of the first [stage NAME], expected it in one"},
           Case{"[stage a]\n[stage b]\nparent = c\n",
                ":4: stage 'b' has the parent 'c', expected one of the stages above it: a"},
           Case{"[stage a/b]\n",
                ":3: found '[stage a/b]', expected [stage NAME] with letters, digits and . _ + -"},
           Case{"[stage a]\ninherit = run.seed\n",
                ":4: found sweep.inherit without sweep.parent, expected both"},
           Case{
               "[stage a]\nname = x\n[stage b]\nname = x\n",
               ": two runs of the sweep are named 'x', one in stage a and one in stage b; put more keys into "
               "sweep.name"},
           Case{"[stage a]\n[train]\nepohcs = 3\n",
                ":5: unknown key 'epohcs' in [train]; did you mean 'epochs'?"},
       }) {
    INFO(c.text);
    CHECK_THROWS_AS(load(directory, begin + c.text), UsageError);
    CHECK_THROWS_WITH(load(directory, begin + c.text), file + c.message);
  }
  CHECK_THROWS_WITH(load(directory, begin + "[stage a]\n[stage a]\n"),
                    Catch::Contains(":4: stage 'a' stands there a second time, first in ") &&
                        Catch::EndsWith("sweep.ini:3"));
  CHECK_THROWS_WITH(
      load(directory, begin + "grid = quant.override: nothere:weight_bits=8\n[quant]\nmethod = lsq\n"),
      Catch::StartsWith(file + ": run 'base-nothere_weight_bits_8': ") && Catch::Contains("nothere"));
}

}  // namespace nibble::sweep_stages_test
