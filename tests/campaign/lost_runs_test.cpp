// Nothing that was measured is lost, and nothing of another run is taken for one's own: whole runs of the
// built program, as users start, stop and mix them up.

#include <catch2/catch.hpp>

#include "core/files/file_lock.h"
#include "experiments/results/results_file.h"
#include "experiments/training/checkpoint.h"
#include "tests/support/program.h"

namespace nibble::lost_runs_test {

namespace fs = std::filesystem;

namespace {

const char* const kFourBits = "--quant.method=learned_scale_shift --quant.calibration_samples=64";

struct Study : TinyStudy {
  fs::path run(const std::string& file) const { return directory / ("runs/" + file); }
  std::string read(const std::string& file) const { return read_file(run(file)); }
  Checkpoint checkpoint(const std::string& name) const {
    return load(run(name + "/checkpoint/last.h5").string());
  }
};

// The figure that a finished run tells, and the one of the weights that it kept.
void check_judged_weights_are_kept(const Study& study, const std::string& name) {
  const double told = read_run(study.run(name + "/run.h5").string()).figure(Arithmetic::floating);
  const ProgramOutcome evaluated = study("evaluate runs/" + name);
  REQUIRE(evaluated.exit_code == 0);
  char figure[64];
  std::snprintf(figure, sizeof figure, "float top-1 %.2f %%", told);
  CHECK_THAT(evaluated.out, Catch::Contains(figure));
}

}  // namespace

TEST_CASE("weights_that_were_judged_are_kept_where_accumulation_does_not_divide_an_epoch") {
  const Study study;
  REQUIRE(study("train a.ini --run.name=five --train.accumulate=5").exit_code == 0);
  check_judged_weights_are_kept(study, "five");
  REQUIRE(study("train a.ini --run.name=three --train.accumulate=3 --train.epochs=3").exit_code == 0);
  check_judged_weights_are_kept(study, "three");
  // Two steps an epoch: of three batches, and of the one that is left.
  CHECK(study.checkpoint("three").counters.at("optimizer_steps") == 6);
}

TEST_CASE("a_signal_does_not_wait_for_accumulated_batches") {
  const Study study;
  const std::string long_run = "train a.ini --train.epochs=100000 --train.accumulate=1000 --train.batch=1";
  const pid_t child = start_program(study.directory, long_run + " --train.checkpoint_minutes=0.0001");
  wait_until_exists(study.run("a/checkpoint/last.h5"));
  kill(child, SIGUSR1);
  REQUIRE(finish_program(study.directory, child).exit_code == 75);
  const Checkpoint stopped = study.checkpoint("a");
  CHECK(stopped.gradients.empty() == (stopped.counters.at("batch") == 0));
}

TEST_CASE("a_calibration_that_was_killed_begins_anew_and_spares_a_training") {
  const Study study;
  const std::string calibrate = std::string("calibrate a.ini --run.name=c ") + kFourBits;
  REQUIRE(study(calibrate).exit_code == 0);
  const ProgramOutcome evaluated = study("evaluate runs/c");
  fs::remove(study.run("c/DONE"));
  REQUIRE(study(calibrate).exit_code == 0);
  CHECK(study("evaluate runs/c").out == evaluated.out);

  const std::string training = std::string("a.ini --run.name=t --train.epochs=100000 ") + kFourBits;
  const pid_t child = start_program(study.directory, "train " + training);
  wait_until_exists(study.run("t/checkpoint/last.h5"));
  kill(child, SIGKILL);
  REQUIRE(finish_program(study.directory, child).exit_code == 128 + SIGKILL);
  const std::string progress = study.read("t/checkpoint/last.h5");
  const ProgramOutcome refused = study("calibrate " + training);
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Catch::Contains("was left by a training that did not end"));
  CHECK((study.read("t/checkpoint/last.h5") == progress));
  const ProgramOutcome other = study(std::string("train a.ini --run.name=c ") + kFourBits);
  CHECK(other.exit_code == 2);
  CHECK_THAT(other.err, Catch::Contains("holds a finished calibration"));
}

TEST_CASE("integers_that_cannot_be_are_refused_before_the_first_step") {
  const Study study;
  // Weights at the ends of 8 bits, in rows of 196608.
  const std::string train =
      "train a.ini --run.name=e --train.batch=4 --dataset.image_size=256 --dataset.train_samples=4 "
      "--dataset.test_samples=2 --quant.weight_initialization=percentile --quant.percentile=50 ";
  const ProgramOutcome refused = study(train + kFourBits);
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err,
             Catch::Contains("32 bits to hold them") && Catch::Contains("edge.integer_evaluation = false"));
  CHECK_FALSE(fs::exists(study.run("e")));
}

TEST_CASE("dorefa_and_pact_have_integers_with_default_bits") {
  const Study study;
  for (const std::string method : {"dorefa", "pact"}) {
    INFO(method);
    const ProgramOutcome trained = study(
        "train a.ini --model.kind=resnet8 --model.width=0 --train.learning_rate=0.001 --run.name=" + method +
        " --quant.method=" + method);
    CHECK(trained.exit_code == 0);
    CHECK_THAT(trained.out, Catch::Contains("integer "));
  }
}

TEST_CASE("a_figure_that_was_measured_is_kept_and_found_again") {
  const Study study;
  const std::string train = std::string("train a.ini ") + kFourBits;
  REQUIRE(study(train).exit_code == 0);
  const double quantized = read_run(study.run("a/run.h5").string()).figure(Arithmetic::quantized);
  fs::remove(study.run("a/DONE"));  // as if killed just before
  CHECK(study(train + " --edge.integer_evaluation=false").exit_code == 0);
  CHECK(read_run(study.run("a/run.h5").string()).figure(Arithmetic::quantized) == quantized);
}

TEST_CASE("force_deletes_nothing_before_the_new_run_is_known_to_be_possible") {
  const Study study;
  REQUIRE(study("train a.ini").exit_code == 0);
  const std::string checkpoint = study.read("a/checkpoint/last.h5"), done = study.read("a/DONE");
  for (const char* const wrong : {"--train.batch=5000", "--train.teacher=typo", "--model.start_from=typo",
                                  "--quant.method=lsq --quant.override=nowhere*:weight_bits=8",
                                  "--dataset.kind=cifar10 --dataset.path=typo"}) {
    INFO(wrong);
    const ProgramOutcome refused = study(std::string("train a.ini --force ") + wrong);
    CHECK(refused.exit_code != 0);
    CHECK((study.read("a/checkpoint/last.h5") == checkpoint));
    CHECK(study.read("a/DONE") == done);
    CHECK_FALSE(fs::exists(study.run("a/FAILED")));
  }
  CHECK(study("train a.ini --force --train.batch=5000").exit_code == 2);
}

TEST_CASE("the_demo_replaces_no_run_but_its_own") {
  const Study study;
  REQUIRE(study("train a.ini --run.output=d --run.name=float").exit_code == 0);
  const std::string before = read_file(study.directory / "d/float/checkpoint/last.h5");
  const ProgramOutcome refused = study("demo --out d");
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Catch::Contains("d/float holds a finished run of another config"));
  CHECK((read_file(study.directory / "d/float/checkpoint/last.h5") == before));
}

TEST_CASE("a_run_does_not_go_on_from_another_runs_checkpoint") {
  const Study study;
  REQUIRE(study("train a.ini").exit_code == 0);
  REQUIRE(study("train a.ini --run.name=b --run.seed=7 --train.learning_rate=0.05").exit_code == 0);
  fs::remove(study.run("a/DONE"));
  fs::copy_file(study.run("b/checkpoint/last.h5"), study.run("a/checkpoint/last.h5"),
                fs::copy_options::overwrite_existing);
  const ProgramOutcome refused = study("train a.ini");
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Catch::Contains("was written by another config") &&
                              Catch::Contains("run.seed (7 there, 1 here)"));

  // Without a config.ini, the record still knows the config of a finished run, and then the checkpoint.
  fs::remove(study.run("b/config.ini"));
  CHECK(study("train a.ini --run.name=b").exit_code == 2);
  fs::remove(study.run("b/DONE"));
  fs::remove(study.run("b/run.h5"));
  CHECK(study("train a.ini --run.name=b").exit_code == 2);
  CHECK(study("train a.ini --run.name=b --run.seed=7 --train.learning_rate=0.05").exit_code == 0);
}

TEST_CASE("a_run_does_not_go_on_with_other_data") {
  const Study study;
  const std::string words = "one two three four five\n", other_order = "five four three two one\n";
  const auto write_texts = [&](const std::string& first) {
    std::string text = first;
    for (int i = 0; i < 400; ++i) text += words;
    write_file(study.directory / "text/train.txt", text);
    write_file(study.directory / "text/valid.txt", words + words);
    write_file(study.directory / "text/test.txt", words + words);
  };
  fs::create_directories(study.directory / "text");
  write_texts(words);
  write_file(study.directory / "t.ini",
             "[dataset]\nkind = text\npath = text\n[model]\nkind = lstm\nwidth = 4\n"
             "[train]\nepochs = 1\nbatch = 4\nunroll = 5\nlearning_rate = 0.1\n");
  REQUIRE(study("train t.ini").exit_code == 0);
  fs::remove(study.run("t/DONE"));
  write_texts(other_order);  // the same words, as often
  const ProgramOutcome refused = study("train t.ini");
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Catch::Contains("was trained on data with fingerprint"));
  CHECK_THAT(study("evaluate runs/t").err, Catch::Contains("the data have changed since the training"));
}

TEST_CASE("a_config_that_was_cut_short_is_not_read_as_a_whole_one") {
  const Study study;
  REQUIRE(study("train a.ini").exit_code == 0);
  const std::string whole = study.read("a/config.ini");
  for (const std::size_t length : {whole.size() - 1, whole.find("[train]"), whole.find("epochs")}) {
    write_file(study.run("a/config.ini"), whole.substr(0, length));
    const ProgramOutcome refused = study("evaluate runs/a");
    CHECK(refused.exit_code == 1);
    CHECK_THAT(refused.err, Catch::Contains("was the file cut short?"));
  }
  // Another test set is a user's right; it is told.
  std::string smaller = whole;
  smaller.replace(smaller.find("test_samples = 32"), 17, "test_samples = 16");
  write_file(study.run("a/config.ini"), smaller);
  const ProgramOutcome told = study("evaluate runs/a");
  CHECK(told.exit_code == 0);
  CHECK_THAT(told.err, Catch::Contains("dataset.test_samples (32 there, 16 here)"));
}

TEST_CASE("a_training_that_diverges_in_its_last_step_has_failed") {
  const Study study;
  std::string config = kTinyConfig;
  config.replace(config.find("train_samples = 64"), 18, "train_samples = 16");
  write_file(study.directory / "a.ini", config + "learning_rate = 1e38\n");
  const ProgramOutcome failed = study("train a.ini");
  CHECK(failed.exit_code == 1);
  CHECK_THAT(failed.err, Catch::Contains("is not finite"));
  CHECK_FALSE(fs::exists(study.run("a/DONE")));
  const ProgramOutcome judged = study("evaluate runs/a");
  CHECK(judged.exit_code == 1);
  CHECK_THAT(judged.err, Catch::Contains("runs/a: the loss on the test split is not finite; "));
  write_file(study.directory / "s.ini", "[sweep]\nconfig = a.ini\ngrid = run.seed: 1\nname = a\n");
  CHECK_THAT(study("sweep s.ini --dry-run").out, Catch::Matches("(.|\n)*a +failed(.|\n)*"));
}

TEST_CASE("a_finished_run_is_success_and_a_failed_start_blocks_nothing") {
  const Study study;
  CHECK(study("train a.ini --train.batch=5000").exit_code == 2);
  CHECK_FALSE(fs::exists(study.run("a")));
  REQUIRE(study("train a.ini").exit_code == 0);
  const std::string before = study.read("a/run.h5");
  const ProgramOutcome again = study("train a.ini");
  CHECK(again.exit_code == 0);
  CHECK_THAT(again.out, Catch::Contains("finished before"));
  CHECK((study.read("a/run.h5") == before));
}

TEST_CASE("threads_in_the_record_are_those_that_ran") {
  const Study study;
  REQUIRE(study("train a.ini --run.threads=3").exit_code == 0);
  CHECK(read_run(study.run("a/run.h5").string()).machine.threads == 3);
}

TEST_CASE("an_interrupted_fine_tuning_goes_on_without_the_run_that_it_started_from") {
  const Study study;
  REQUIRE(study("train a.ini --run.name=start").exit_code == 0);
  const std::string tuning =
      std::string("train a.ini --model.start_from=runs/start --train.epochs=2000 ") + kFourBits;
  const pid_t child = start_program(study.directory, tuning);
  wait_until_exists(study.run("a/checkpoint/last.h5"));
  kill(child, SIGHUP);
  REQUIRE(finish_program(study.directory, child).exit_code == 75);
  fs::remove_all(study.run("start"));
  const pid_t resumed = start_program(study.directory, tuning);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  kill(resumed, SIGTERM);
  const ProgramOutcome outcome = finish_program(study.directory, resumed);
  CHECK_THAT(outcome.err, Catch::Contains("resuming"));
  CHECK((outcome.exit_code == 75 || outcome.exit_code == 0));
}

TEST_CASE("two_processes_never_work_on_one_run") {
  const Study study;
  const std::string train = "train a.ini --train.epochs=100000";
  const pid_t first = start_program(study.directory, train, "", "first");
  wait_until_exists(study.run("a/checkpoint/last.h5"));
  for (const std::string more : {"", " --run.seed=9 --force"}) {
    const ProgramOutcome second = study(train + more);
    CHECK(second.exit_code == 69);
    CHECK_THAT(second.err, Catch::Contains("is in the hands of process " + std::to_string(first) + " on "));
  }
  kill(first, SIGKILL);
  REQUIRE(finish_program(study.directory, first, "first").exit_code == 128 + SIGKILL);
  // The lock of the dead blocks nobody.
  const pid_t resumed = start_program(study.directory, train);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  kill(resumed, SIGTERM);
  CHECK(finish_program(study.directory, resumed).exit_code == 75);
  CHECK_FALSE(fs::exists(study.run("a/lock")));
}

TEST_CASE("two_downloads_never_write_into_one_directory") {
  const Study study;
  fs::create_directories(study.directory / "data/ptb");
  const auto lock = FileLock::take((study.directory / "data/ptb/lock").string());
  const ProgramOutcome refused = study("data fetch ptb");
  CHECK(refused.exit_code == 69);
  CHECK_THAT(refused.err, Catch::Contains("data/ptb: is being filled by process "));
}

TEST_CASE("signals_end_at_once_what_has_no_checkpoint_to_write") {
  const Study study;
  const pid_t child = start_program(study.directory, "train a.ini --profile --steps 100000000");
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  kill(child, SIGINT);
  CHECK(finish_program(study.directory, child).exit_code == 128 + SIGINT);
}

TEST_CASE("output_that_cannot_be_written_is_a_failure") {
  const Study study;
  const std::string command = str("cd '", study.directory.path().string(), "' && '", program_path(),
                                  "' config a.ini >/dev/full 2>err </dev/null");
  const int status = std::system(command.c_str());
  CHECK(WEXITSTATUS(status) == 1);
  CHECK_THAT(read_file(study.directory / "err"), Catch::Contains("standard output cannot be written"));
}

TEST_CASE("a_sweep_does_not_show_another_configs_results_and_replaces_them_only_if_asked") {
  const Study study;
  write_file(study.directory / "s.ini", "[sweep]\nconfig = a.ini\ngrid = run.seed: 1, 2\n");
  REQUIRE(study("sweep s.ini").exit_code == 0);
  const ProgramOutcome refused = study("sweep s.ini --train.epochs=3");
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Catch::Contains("train.epochs (1 there, 3 here)") && Catch::Contains("--rerun"));
  CHECK_THAT(study("sweep s.ini --train.epochs=3 --dry-run").out, Catch::Contains("another run"));
  CHECK(study("sweep s.ini --train.epochs=3 --rerun").exit_code == 0);
  CHECK(read_run(study.run("a-2/run.h5").string()).epochs.epoch.size() == 3);
}

TEST_CASE("sweeps_share_their_runs") {
  const Study study;
  write_file(study.directory / "s.ini",
             "[sweep]\nconfig = a.ini\ngrid = run.seed: 1, 2, 3, 4\n[train]\nepochs = 30\n");
  const pid_t first = start_program(study.directory, "sweep s.ini", "", "first");
  const pid_t second = start_program(study.directory, "sweep s.ini", "", "second");
  const ProgramOutcome one = finish_program(study.directory, first, "first"),
                       two = finish_program(study.directory, second, "second");
  CHECK(one.exit_code == 0);
  CHECK(two.exit_code == 0);
  int trainings = 0;
  for (const std::string& err : {one.err, two.err})
    for (std::size_t at = 0; (at = err.find("images to learn from", at)) != std::string::npos; ++at)
      ++trainings;
  CHECK(trainings == 4);
  for (const std::string seed : {"1", "2", "3", "4"}) {
    const std::string log = study.read("a-" + seed + "/log.txt");
    CHECK(std::count(log.begin(), log.end(), '\n') == 30);
  }
}

}  // namespace nibble::lost_runs_test
