// Configs that once ended with wrong words about right numbers, or silently with wrong numbers.

#include <catch2/catch.hpp>

#include "tests/support/program.h"

namespace nibble::numeric_cases_test {

namespace fs = std::filesystem;

namespace {

const fs::path kFixtures = NIBBLE_SOURCE_DIR "/tests/fixtures";

void copy_fixture(const TemporaryDirectory& directory, const std::string& name) {
  fs::copy(kFixtures / name, directory / name, fs::copy_options::recursive);
}

}  // namespace

// Sums of four codes of a min_max grid are often exactly half way between two codes of the next grid.
TEST_CASE("verify_tells_exact_ties_from_differences") {
  const TemporaryDirectory directory;
  copy_fixture(directory, "exact_ties.ini");
  REQUIRE(run_program(directory,
                      "train exact_ties.ini --run.name=float --quant.method=none --model.start_from= "
                      "--train.epochs=2")
              .exit_code == 0);
  REQUIRE(
      run_program(directory, "train exact_ties.ini --quant.activation_initialization min_max").exit_code ==
      0);
  const ProgramOutcome verified = run_program(directory, "verify runs/base");
  CHECK(verified.exit_code == 0);
  CHECK_THAT(verified.out, Catch::Contains(" ties"));
}

TEST_CASE("a_scale_that_collapses_is_reported_at_its_layers_name_and_has_a_floor") {
  const TemporaryDirectory directory;
  copy_fixture(directory, "gru_collapse.ini");
  copy_fixture(directory, "odd_text");
  const ProgramOutcome trained = run_program(directory, "train gru_collapse.ini");
  REQUIRE(trained.exit_code == 0);
  CHECK_THAT(read_file(directory / "runs/gru_collapse/log.txt"),
             Catch::Contains("warning: quantizer '") && Catch::Contains("has collapsed"));
  CHECK(run_program(directory, "verify runs/gru_collapse").exit_code == 0);
}

// Quotes, trigraphs, comment marks, percent signs, other scripts.
TEST_CASE("odd_words_reach_the_emitted_c") {
  const TemporaryDirectory directory;
  copy_fixture(directory, "odd_text");
  write_file(directory / "odd.ini",
             "[dataset]\nkind = text\npath = odd_text\n[model]\nkind = lstm\nwidth = 8\n"
             "[quant]\nmethod = learned_scale_shift\n"
             "[train]\nepochs = 1\nbatch = 8\nunroll = 10\nlearning_rate = 0.1\n");
  REQUIRE(run_program(directory, "train odd.ini").exit_code == 0);
  CHECK(run_program(directory, "verify runs/odd --images 300 --c-images 300").exit_code == 0);
  REQUIRE(run_program(directory, "export runs/odd --out c").exit_code == 0);
  CHECK(std::system(("make -C '" + (directory / "c").string() + "' check >/dev/null 2>&1").c_str()) == 0);
}

}  // namespace nibble::numeric_cases_test
