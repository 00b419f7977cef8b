// Studies of several stages, as users run them on one machine.

#include <catch2/catch.hpp>

#include "experiments/training/checkpoint.h"
#include "tests/campaign/study.h"
#include "tests/support/program.h"

namespace nibble::stages_test {

namespace fs = std::filesystem;

namespace {

// Two float runs and four children, of milliseconds each.
struct Stages {
  TemporaryDirectory directory;

  Stages() {
    write_file(directory / "float.ini", kTinyConfig);
    write_file(directory / "low.ini",
               std::string("include = float.ini\n[quant]\nmethod = learned_scale_shift\n") +
                   "calibration_samples = 32\n");
    write_file(directory / "study.ini",
               "[stage float]\nconfig = float.ini\ngrid = run.seed: 1, 2\nname = float{run.seed}\n"
               "[stage low]\nconfig = low.ini\nparent = float\ngrid = quant.weight_bits: 4, 3\n"
               "name = w{quant.weight_bits}_{run.seed}\n");
  }
  ProgramOutcome operator()(const std::string& arguments) const { return run_program(directory, arguments); }
  std::string results(const std::string& run) const { return results_of(directory / ("runs/" + run)); }
  bool done(const std::string& run) const { return fs::exists(directory / ("runs/" + run + "/DONE")); }
};

const char* const kRuns[] = {"float1", "float2", "w4_1", "w3_1", "w4_2", "w3_2"};

}  // namespace

TEST_CASE("stages_run_in_order_and_side_by_side_runs_have_the_same_bits") {
  const Stages one, two, by_hand;
  REQUIRE(one("sweep study.ini").exit_code == 0);
  const ProgramOutcome jobs = two("sweep study.ini --jobs 3");
  INFO(jobs.err);
  REQUIRE(jobs.exit_code == 0);
  CHECK_THAT(jobs.err, Catch::Contains("\nw3_2: "));  // messages name their runs
  for (int i = 1; i <= 6; ++i) REQUIRE(by_hand(str("sweep study.ini --index ", i)).exit_code == 0);
  for (const char* run : kRuns) {
    INFO(run);
    CHECK((two.results(run) == one.results(run)));
    CHECK((by_hand.results(run) == one.results(run)));
  }
  const ProgramOutcome again = one("sweep study.ini --failed");
  CHECK(again.exit_code == 0);
  CHECK(again.out == "run  state  remark\n");
}

TEST_CASE("children_of_a_run_that_is_not_finished_are_passed_over") {
  const Stages study;
  const ProgramOutcome alone = study("sweep study.ini --only w4_1");
  CHECK(alone.exit_code == 1);
  CHECK(alone.out == "run   state        remark\nw4_1  not started  its parent float1 is not finished\n");
  const ProgramOutcome failed =
      study("sweep study.ini --only float1,w?_1 --dataset.kind=cifar10 --dataset.path=nowhere");
  CHECK(failed.exit_code == 1);
  CHECK_THAT(failed.out,
             Catch::Matches("(.|\n)*float1 +failed(.|\n)*w4_1 +not started +its parent float1 (.|\n)*"));
  CHECK(study("sweep study.ini --failed").exit_code == 0);
  CHECK(study.done("float1"));
  CHECK_FALSE(study.done("w4_1"));
  CHECK(study("sweep study.ini --only 'w?_1'").exit_code == 0);
  CHECK(study.done("w3_1"));
}

TEST_CASE("children_of_a_run_that_was_replaced_are_trained_again") {
  const Stages study;
  REQUIRE(study("sweep study.ini --only *1").exit_code == 0);
  const std::string before = study.results("w4_1");
  REQUIRE(study("sweep study.ini --only *1").exit_code == 0);
  CHECK((study.results("w4_1") == before));
  write_file(study.directory / "float.ini", std::string(kTinyConfig) + "learning_rate = 0.03\n");
  write_file(study.directory / "low.ini",
             read_file(study.directory / "low.ini") + "[train]\nlearning_rate = 0.1\n");  // as before
  REQUIRE(study("sweep study.ini --only *1 --rerun").exit_code == 0);
  CHECK((study.results("w4_1") != before));
}

TEST_CASE("what_can_be_known_of_a_sweep_is_known_before_its_first_run") {
  const Stages study;
  write_file(study.directory / "missing.ini",
             "[sweep]\nconfig = low.ini\ngrid = run.seed: 1, 2\n[model]\nstart_from = runs/nowhere\n");
  const ProgramOutcome missing = study("sweep missing.ini");
  CHECK(missing.exit_code == 2);
  CHECK(missing.err ==
        "nibble: sweep: run 'low-1': model.start_from is 'runs/nowhere', expected a file or directory that "
        "is there, "
        "or a run of this sweep\n");
  CHECK(study("sweep study.ini --list --dry-run").exit_code == 2);
  CHECK(study("sweep study.ini --runs-per-task 3").exit_code == 2);
  CHECK(study("sweep study.ini --index 7").exit_code == 2);
  CHECK_FALSE(fs::exists(study.directory / "runs"));
}

TEST_CASE("a_killed_run_is_a_failure_or_with_requeue_one_that_goes_on") {
  const Stages study;
  const std::string slow = " --index 1 --train.epochs=100000 --train.checkpoint_minutes=0.0001";
  for (const char* option : {"", " --requeue"}) {
    const pid_t sweep = start_program(study.directory, "sweep study.ini" + slow + option);
    const pid_t trainer = holder_of(study.directory / "runs/float1");
    REQUIRE(trainer > 0);
    kill(trainer, SIGKILL);
    const ProgramOutcome outcome = finish_program(study.directory, sweep);
    INFO(outcome.out);
    CHECK(outcome.exit_code == (*option ? 75 : 1));
    CHECK_THAT(outcome.out, Catch::Contains("ended by signal 9"));
  }
}

}  // namespace nibble::stages_test
