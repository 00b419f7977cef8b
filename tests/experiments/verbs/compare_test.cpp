// Judging with the built program: answers, classes, comparisons, and runs that train nothing.

#include <catch2/catch.hpp>

#include "core/files/file_kind.h"
#include "experiments/results/answers.h"
#include "experiments/results/results_file.h"
#include "experiments/training/checkpoint.h"
#include "tests/datasets/pictures/picture_folder.h"
#include "tests/support/program.h"

namespace nibble::compare_test {
namespace {

const char* const kFourBits = " --quant.method=learned_scale_shift --quant.calibration_samples=32";

}  // namespace

TEST_CASE("a_run_of_no_epochs_is_judged_and_recorded_with_the_weights_it_began_with") {
  const TinyStudy study;
  REQUIRE(study("train a.ini --run.name=first").exit_code == 0);
  const ProgramOutcome imported =
      study(std::string("train a.ini --run.name=imported --train.epochs=0 --model.start_from=runs/first") +
            kFourBits);
  INFO(imported.err);
  REQUIRE(imported.exit_code == 0);
  const RunRecord record = read_run(study.path("runs/imported/run.h5"));
  CHECK(record.epochs.epoch.empty());
  CHECK(record.figure(Arithmetic::quantized) >= 0);
  CHECK(record.figure(Arithmetic::integer) >= 0);
  const Checkpoint before = load(study.path("runs/first/checkpoint/last.h5")),
                   after = load(study.path("runs/imported/checkpoint/last.h5"));
  const Tensor &a = before.parameters.at("fc1/weight"), &b = after.parameters.at("fc1/weight");
  CHECK(std::equal(a.begin(), a.end(), b.begin()));
  CHECK(std::filesystem::exists(study.path("runs/imported/DONE")));
  CHECK(study("train a.ini --run.name=float_only --train.epochs=0 --train.warmup_epochs=2").exit_code == 0);
  CHECK(study("summarize runs").exit_code == 0);
}

TEST_CASE("answers_of_a_run_are_written_in_floats_and_integers_and_compared") {
  const TinyStudy study;
  REQUIRE(study(std::string("train a.ini --run.name=one") + kFourBits).exit_code == 0);
  REQUIRE(study(std::string("train a.ini --run.name=two --run.seed=5") + kFourBits).exit_code == 0);
  const ProgramOutcome judged =
      study("evaluate runs/one --answers one.csv --classes classes.csv --per-class");
  INFO(judged.err);
  REQUIRE(judged.exit_code == 0);
  CHECK_THAT(judged.out, Catch::Contains("written: one.csv") && Catch::Contains("written: one_integer.csv") &&
                             Catch::Contains("written: classes_integer.csv") &&
                             Catch::Contains("mistaken_for"));
  const std::vector<Answer> answers = read_answers(study.path("one.csv"));
  REQUIRE(answers.size() == 32);
  const long right = std::count_if(answers.begin(), answers.end(), [](const Answer& a) { return a.right(); });
  CHECK(100.0 * static_cast<double>(right) / 32 ==
        Approx(read_run(study.path("runs/one/run.h5")).figure(Arithmetic::quantized)));
  REQUIRE(study("evaluate runs/two --answers=two.csv").exit_code == 0);
  CHECK(study("evaluate runs/two --answers two.csv").exit_code == 0);  // a file that is there is no config

  const ProgramOutcome files = study("compare one.csv two.csv"), runs = study("compare runs/one runs/two");
  INFO(files.err << runs.err);
  REQUIRE(files.exit_code == 0);
  REQUIRE(runs.exit_code == 0);
  CHECK_THAT(files.out, Catch::Contains("of 32 right") && Catch::Contains("95 % interval") &&
                            Catch::Contains("agreement"));
  CHECK_THAT(runs.out, Catch::Contains("run.seed") && Catch::Contains("integer top-1"));
  CHECK_THAT(runs.out, Catch::Contains(files.out.substr(files.out.find("difference"))));
  const ProgramOutcome mixed = study("compare runs/one two.csv");
  CHECK(mixed.exit_code == 2);
  CHECK_THAT(mixed.err, Catch::StartsWith("nibble: compare: found runs/one, a directory, and two.csv, none"));
}

TEST_CASE("pictures_are_judged_without_a_training_split") {
  const TinyStudy study;
  write_pictures(study.directory / "pictures/test", {"cat", "dog"}, 4);
  write_file(study.directory / "list.csv",
             "file,label,split\npictures/test/cat/0.jpg,0,test\npictures/test/dog/1.png,1,test\n");
  const std::string dataset =
      " --dataset.kind=folder --dataset.path=list.csv --dataset.image_size=12 --dataset.test_samples=0";
  REQUIRE(study("train a.ini --run.name=start --dataset.kind=folder --dataset.path=pictures/test "
                "--dataset.test_share=0.5 --dataset.image_size=12 --train.batch=2 --dataset.train_samples=0 "
                "--dataset.test_samples=0")
              .exit_code == 0);
  const ProgramOutcome judged =
      study("evaluate a.ini --model.start_from=runs/start --answers answers.csv" + dataset);
  INFO(judged.err);
  CHECK(judged.exit_code == 0);
  CHECK_THAT(read_file(study.directory / "answers.csv"), Catch::Contains("\npictures/test/cat/0.jpg,0,"));
  const ProgramOutcome trained = study("train a.ini --run.name=none" + dataset);
  CHECK(trained.exit_code == 2);
  CHECK_THAT(trained.err, Catch::Contains("folder: found no training picture, expected some to train with"));
  CHECK_FALSE(std::filesystem::exists(study.path("runs/none")));
}

TEST_CASE("a_pattern_that_freezes_nothing_is_refused_before_anything_is_written") {
  const TinyStudy study;
  const ProgramOutcome refused = study("train a.ini --model.freeze=conv1");
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err,
             Catch::StartsWith("nibble: model.freeze: found 'conv1', which matches no layer with "
                               "parameters, expected one of fc1, fc2, fc3"));
  CHECK_FALSE(std::filesystem::exists(study.path("runs/a")));
}

}  // namespace nibble::compare_test
