#include "experiments/results/config_text.h"

#include <catch2/catch.hpp>

namespace nibble::config_text_test {
namespace {

const char* const kConfig =
    "[run]\nname = a\nthreads = 2\n\n[train]\nepochs = 40\nteacher =\n[quant]\noverride = x:weight_bits=8\n"
    "override = y:weight_bits=2\n";

std::string with(const std::string& from, const std::string& to) {
  std::string text = kConfig;
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("configs_that_can_give_other_results_have_other_hashes") {
  CHECK(config_hash(kConfig).size() == 16);
  CHECK(config_hash(kConfig) == config_hash(kConfig));
  CHECK(config_hash(with("epochs = 40", "epochs = 41")) != config_hash(kConfig));
  CHECK(config_hash(with("y:weight", "z:weight")) != config_hash(kConfig));
  CHECK(config_hash(with("teacher =", "teacher = runs/float")) != config_hash(kConfig));
}

TEST_CASE("threads_blank_lines_and_empty_values_leave_the_hash_of_a_config") {
  for (const std::string& same : {with("threads = 2", "threads = 16"), with("\n\n[train]", "\n[train]"),
                                  with("teacher =\n", ""), with("epochs = 40", "epochs=40  # long")}) {
    CHECK(config_hash(same) == config_hash(kConfig));
    CHECK(config_differences(same, kConfig).empty());
  }
}

TEST_CASE("differences_of_configs_name_three_keys_with_both_values") {
  CHECK(config_differences(with("epochs = 40", "epochs = 41"), kConfig) ==
        "train.epochs (41 there, 40 here)");
  CHECK(config_differences(with("override = y:weight_bits=2\n", ""), kConfig) ==
        "quant.override (x:weight_bits=8 there, x:weight_bits=8, y:weight_bits=2 here)");
  CHECK(config_differences("", kConfig) ==
        "quant.override ( there, x:weight_bits=8, y:weight_bits=2 here), run.name ( there, a here), "
        "train.epochs ( there, 40 here)");
  CHECK(config_differences("[a]\nb = 1\nc = 2\n", kConfig) ==
        "a.b (1 there,  here), a.c (2 there,  here), quant.override ( there, x:weight_bits=8, "
        "y:weight_bits=2 here) and 2 more");
}

TEST_CASE("keys_that_nothing_reads_do_not_make_another_config") {
  const std::string real =
      "[quant]\nmethod = none\nreconstruct = none\nweight_bits = 4\n[reconstruct]\nseed = 1\n";
  const std::string scales =
      "[quant]\nmethod = lsq\nreconstruct = none\nweight_bits = 4\n[reconstruct]\nseed = 1\n";
  const std::string blocks =
      "[quant]\nmethod = lsq\nreconstruct = blocks\nweight_bits = 4\n[reconstruct]\nseed = 1\n";
  const auto changed = [](std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
  };
  for (const std::string& same :
       {changed(real, "bits = 4", "bits = 2"), changed(real, "seed = 1", "seed = 2")}) {
    CHECK(config_differences(real, same).empty());
    CHECK(config_hash(real) == config_hash(same));
  }
  CHECK(config_differences(scales, changed(scales, "seed = 1", "seed = 2")).empty());
  CHECK(config_differences(scales, changed(scales, "bits = 4", "bits = 2")) ==
        "quant.weight_bits (4 there, 2 here)");
  CHECK(config_differences(blocks, changed(blocks, "seed = 1", "seed = 2")) ==
        "reconstruct.seed (1 there, 2 here)");
  CHECK(config_hash(blocks) != config_hash(changed(blocks, "seed = 1", "seed = 2")));
  CHECK(config_differences(real, changed(scales, "bits = 4", "bits = 2")) ==
        "quant.method (none there, lsq here), quant.weight_bits (4 there, 2 here)");
}

}  // namespace nibble::config_text_test
