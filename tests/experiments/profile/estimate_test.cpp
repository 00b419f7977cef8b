#include "experiments/profile/estimate.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "experiments/process/exit_codes.h"
#include "layers/models/models.h"
#include "tests/support/program.h"
#include "tests/support/small_training.h"

namespace nibble::estimate_test {
namespace {

ExperimentConfig small_config() {
  ExperimentConfig config = small_training("estimated", 96, 40, 16, 7);
  config.train.evaluate_every = 3;
  config.calibration_samples = 32;
  validate(config, "test");
  return config;
}

}  // namespace

TEST_CASE("an_estimate_counts_steps_evaluations_and_bytes") {
  ExperimentConfig config = small_config();
  config.train.momentum = 0;
  const TrainingEstimate plain = estimate_training(config);
  CHECK(plain.steps == 6);
  CHECK(plain.measured_steps == 3);  // an epoch is all there is
  CHECK(plain.evaluations == 3);     // behind epochs 3, 6 and the last
  CHECK(plain.step_seconds > 0);
  CHECK(plain.samples_per_second == Approx(16 / plain.step_seconds));
  CHECK(plain.seconds() ==
        Approx(42 * plain.step_seconds + 3 * plain.evaluation_seconds + plain.final_seconds));
  CHECK(plain.record_bytes == 8 * 5 * 42);

  // Momentum and an average are as large as the parameters, and the average covers statistics too.
  double learned = 0, all = 0;
  Network network = build_model(config.model, {16, 16, 3}, 10, Rng(1));
  network.parameters([&](const std::string&, ParameterKind kind, Var& value) {
    const double bytes = static_cast<double>(value.value().size()) * sizeof(Real);
    all += bytes;
    if (kind != ParameterKind::statistic) learned += bytes;
  });
  CHECK(plain.checkpoint_bytes == all + plain.record_bytes);
  config.train.momentum = 0.9;
  config.train.weight_average = 0.9;
  const TrainingEstimate averaged = estimate_training(config);
  CHECK(averaged.checkpoint_bytes == 2 * all + learned + averaged.record_bytes);
}

TEST_CASE("an_estimate_of_a_quantized_training_covers_its_integers_and_texts_have_one_too") {
  ExperimentConfig config = small_config();
  config.quant.method = QuantMethod::learned_scale_shift;
  const TrainingEstimate with = estimate_training(config);
  CHECK(with.record_bytes > 8 * 5 * 42);
  config.edge.integer_evaluation = false;
  CHECK(estimate_training(config).final_seconds > 0);

  config = small_config();
  config.dataset = {};
  config.dataset.kind = "procedural_text";
  config.dataset.train_samples = 1200;
  config.dataset.test_samples = 600;
  config.model.kind = "lstm";
  config.model.width = 8;
  config.train.batch = 8;
  const TrainingEstimate text = estimate_training(config);
  CHECK(text.unit == "tokens");
  CHECK(text.evaluation_seconds > 0);
}

TEST_CASE("an_estimate_is_printed_as_a_table_that_says_that_nothing_was_trained") {
  const TrainingEstimate estimate{.model = "resnet8",
                                  .method = "lsq",
                                  .data = "cifar10",
                                  .unit = "images",
                                  .threads = 2,
                                  .measured_steps = 20,
                                  .step_seconds = 0.5,
                                  .samples_per_second = 256,
                                  .steps = 100,
                                  .epochs = 10,
                                  .evaluations = 10,
                                  .evaluation_seconds = 5,
                                  .final_seconds = 20,
                                  .peak_bytes = 123e6,
                                  .checkpoint_bytes = 4.5e6,
                                  .record_bytes = 1e5};
  std::ostringstream out;
  print_estimate(estimate, out, 80);
  CHECK(out.str() ==
        "An estimate: nothing was trained, nothing is kept.\n"
        "resnet8, lsq on cifar10, 2 threads\n"
        "\n"
        "what         estimate  of\n"
        "step           0.50 s  the mean of 20\n"
        "speed           256/s  images\n"
        "epoch            50 s  100 steps\n"
        "evaluation     5.00 s  one of 10 behind epochs\n"
        "end              20 s  the figures of the test split\n"
        "in all           9:30  10 epochs and these\n"
        "peak memory    123 MB  the process\n"
        "checkpoint     4.5 MB  numbers in last.h5\n"
        "run.h5         0.1 MB  numbers, which are compressed\n");
}

TEST_CASE("an_estimate_without_epochs_is_refused") {
  ExperimentConfig config = small_config();
  config.train.epochs = 0;
  CHECK_THROWS_AS(estimate_training(config), UsageError);
}

TEST_CASE("program_estimates_a_training_and_leaves_no_run") {
  const TemporaryDirectory directory;
  write_file(directory / "a.ini", kTinyConfig);
  const ProgramOutcome shown =
      run_program(directory, "train a.ini --estimate --quant.method learned_scale_shift", "COLUMNS=80");
  CHECK(shown.exit_code == 0);
  CHECK(longest_line(shown.out) <= 80);
  CHECK_THAT(shown.out, Catch::Contains("nothing was trained, nothing is kept."));
  for (const char* row : {"\nstep ", "\nspeed ", "\nepoch ", "\nevaluation ", "\nend ", "\nin all ",
                          "\npeak memory ", "\ncheckpoint ", "\nrun.h5 "})
    CHECK_THAT(shown.out, Catch::Contains(row));

  // Ctrl-C ends it at once: nothing waits to be saved.
  const pid_t child = start_program(
      directory,
      "train a.ini --estimate --dataset.train_samples 9000 --model.kind resnet20 --model.width 0 "
      "--train.batch 3000");
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  kill(child, SIGINT);
  const ProgramOutcome interrupted = finish_program(directory, child);
  CHECK(interrupted.exit_code == 128 + SIGINT);
  CHECK(interrupted.err.empty());
  CHECK_FALSE(std::filesystem::exists(directory / "runs"));
}

}  // namespace nibble::estimate_test
