// Whole runs of the built program, as a user starts them: the road from a config to verified C, and what
// remains of it when the program is killed.

#include "experiments/training/loaded_run.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <cstring>
#include <numeric>
#include <thread>

#include "experiments/results/config_text.h"
#include "experiments/results/results_file.h"
#include "experiments/tasks/verify.h"
#include "experiments/training/checkpoint.h"
#include "tests/support/program.h"
#include "tests/support/temporary_directory.h"

namespace nibble::run_test {

namespace fs = std::filesystem;

namespace {

std::string config_text(const fs::path& output, const std::string& more) {
  return str("[run]\noutput = ", output.string(), "\nname = run\nthreads = 2\n",
             "[dataset]\nkind = procedural\nimage_size = 16\ntrain_samples = 192\ntest_samples = 64\n",
             "[model]\nkind = resnet8\nactivation = swish\n", "[quant]\nmethod = learned_scale_shift\n",
             "[train]\nbatch = 32\nlearning_rate = 0.02\n", more);
}

// Starts `nibble VERB CONFIG` with its output in a file; returns the process.
pid_t start(const char* verb, const fs::path& config, const fs::path& output) {
  const pid_t child = fork();
  if (child == 0) {
    const std::string log = output.string();
    const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file < 0 || dup2(file, STDOUT_FILENO) < 0 || dup2(file, STDERR_FILENO) < 0) _exit(126);
    execl(program_path().c_str(), "nibble", verb, config.c_str(), nullptr);
    _exit(127);
  }
  return child;
}

pid_t start_training(const fs::path& config, const fs::path& output) {
  return start("train", config, output);
}

int exit_code(pid_t child) {
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Waits until the run has written a checkpoint; false if the program ends first.
bool wait_for(const fs::path& file, pid_t child) {
  for (int i = 0; i < 6000 && !fs::exists(file); ++i) {
    if (waitpid(child, nullptr, WNOHANG) == child) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return fs::exists(file);
}

void check_equal_bits(const std::map<std::string, Tensor>& a, const std::map<std::string, Tensor>& b) {
  REQUIRE(a.size() == b.size());
  for (const auto& [name, values] : a) {
    INFO(name);
    REQUIRE(b.count(name) == 1);
    CHECK(std::memcmp(values.data(), b.at(name).data(),
                      static_cast<std::size_t>(values.size()) * sizeof(Real)) == 0);
  }
}

}  // namespace

TEST_CASE("a_run_leads_from_a_config_to_verified_c") {
  const TemporaryDirectory directory;
  write_file(directory / "run.ini", config_text(directory.path(), "epochs = 2\n"));
  REQUIRE(exit_code(start_training(directory / "run.ini", directory / "out")) == 0);

  const RunRecord record = read_run((directory / "run/run.h5").string());
  CHECK(record.epochs.epoch == std::vector<long>{1, 2});
  CHECK(record.steps.step.size() == 12);
  CHECK(record.figure(Arithmetic::quantized) >= 0);
  CHECK(record.figure(Arithmetic::integer) >= 0);
  CHECK(record.quantizers.count("input/quant") == 1);
  CHECK(fs::exists(directory / "run/DONE"));
  const std::string log = read_file(directory / "run/log.txt");
  CHECK_THAT(log, Catch::Contains("epoch=1 step=6 loss=") && Catch::Contains(" top1=") &&
                      Catch::Contains(" test_loss=") && Catch::Contains(" test_top1=") &&
                      Catch::Contains(" img/s=") && !Catch::Contains(" lr="));

  // One row an epoch, with the scale of each channel and the histogram of codes.
  const QuantizerRecord& weight = record.quantizers.at("layer1/0/conv1/weight");
  REQUIRE(weight.scale.size() == 2);
  CHECK(weight.scale.front().size() == 16);
  CHECK(weight.scale.front() != weight.scale.back());
  REQUIRE(weight.codes_by_epoch.size() == 2);
  CHECK(weight.codes_by_epoch.back() == weight.codes);
  CHECK(std::accumulate(weight.codes.counts.begin(), weight.codes.counts.end(), 0L) == 16 * 3 * 3 * 16);

  const Checkpoint checkpoint = load((directory / "run/checkpoint/last.h5").string());
  CHECK(checkpoint.config_hash == config_hash(read_file(directory / "run/config.ini")));

  LoadedRun run = load_run((directory / "run").string());
  std::ostringstream progress;
  const VerifyResult result = verify_integers(*run.task, run.network, lower_run(run, "run"), "run",
                                              {.samples = 64, .c_samples = 64}, progress);
  CHECK_THAT(progress.str(), Catch::Contains("64 of 64 images: 0 differences"));
  CHECK(result.compared == "codes and scores");
  CHECK(result.comparison.samples == 64);
  CHECK(result.exact());
  CHECK(result.layers_agree());
}

TEST_CASE("statistics_of_norms_that_are_taken_anew_are_those_that_are_judged_and_saved", "[once]") {
  const TemporaryDirectory directory;
  const auto run_of = [&](const char* verb, const std::string& name, const std::string& norms) {
    fs::create_directories(directory / name);
    const fs::path config = directory / (name + ".ini");
    write_file(config, config_text(directory / name, "epochs = 1\n" + norms));
    REQUIRE(exit_code(start(verb, config, directory / (name + ".out"))) == 0);
    return directory / (name + "/run");
  };
  for (const char* verb : {"train", "calibrate"}) {
    INFO(verb);
    const fs::path plain = run_of(verb, str(verb, "_plain"), "");
    const fs::path anew = run_of(verb, str(verb, "_anew"), "reestimate_norms = 3\n");
    const Checkpoint before = load((plain / "checkpoint/last.h5").string());
    const Checkpoint after = load((anew / "checkpoint/last.h5").string());
    for (const auto& [path, value] : after.parameters) {
      INFO(path);
      const bool statistic = path.ends_with("running_mean") || path.ends_with("running_var");
      const bool same = std::memcmp(value.data(), before.parameters.at(path).data(),
                                    static_cast<std::size_t>(value.size()) * sizeof(Real)) == 0;
      CHECK(same != statistic);
    }
    LoadedRun run = load_run(anew.string());
    CHECK(run.task->evaluate(run.network, EvaluationSplit::test).metrics.front() ==
          read_run((anew / "run.h5").string()).figure(Arithmetic::quantized));
  }
  write_file(directory / "mlp.ini", str("include = train_anew.ini\n[run]\noutput = ",
                                        directory.path().string(), "/mlp\n[model]\nkind = mlp\n"));
  REQUIRE(exit_code(start_training(directory / "mlp.ini", directory / "mlp.out")) == 2);
  CHECK_THAT(read_file(directory / "mlp.out"), Catch::Contains("the network has no batch norm that learns"));
  CHECK(!fs::exists(directory / "mlp/run"));
}

TEST_CASE("a_run_that_was_killed_ends_with_the_bits_of_one_that_was_not", "[once]") {
  const TemporaryDirectory directory;
  fs::create_directories(directory / "killed");
  fs::create_directories(directory / "whole");
  // Checkpoints in the middle of epochs too: after every batch.
  const std::string training =
      "epochs = 4\nweight_average = 0.9\ncheckpoint_minutes = 0.0001\nreestimate_norms = 7\n";
  write_file(directory / "killed.ini", config_text(directory / "killed", training));
  write_file(directory / "whole.ini", config_text(directory / "whole", training));

  const fs::path checkpoint = directory / "killed/run/checkpoint/last.h5";
  const pid_t child = start_training(directory / "killed.ini", directory / "out1");
  REQUIRE(wait_for(checkpoint, child));
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  kill(child, SIGKILL);
  REQUIRE(exit_code(child) == 128 + SIGKILL);
  REQUIRE(!fs::exists(directory / "killed/run/DONE"));
  REQUIRE(exit_code(start_training(directory / "killed.ini", directory / "out2")) == 0);
  CHECK_THAT(read_file(directory / "out2"), Catch::Contains("resuming"));

  REQUIRE(exit_code(start_training(directory / "whole.ini", directory / "out3")) == 0);
  const Checkpoint killed = load(checkpoint.string());
  const Checkpoint whole = load((directory / "whole/run/checkpoint/last.h5").string());
  check_equal_bits(killed.parameters, whole.parameters);
  check_equal_bits(killed.optimizer, whole.optimizer);
  check_equal_bits(killed.average, whole.average);
  CHECK(killed.record.steps.loss == whole.record.steps.loss);
  const auto top1 = [&](const std::string& run) {
    return read_run((directory / (run + "/run/run.h5")).string()).figure(Arithmetic::integer);
  };
  CHECK(top1("killed") == top1("whole"));
}

TEST_CASE("a_reconstruction_that_was_killed_ends_with_the_bits_of_one_that_was_not", "[once]") {
  const TemporaryDirectory directory;
  const std::string more =
      "[reconstruct]\npictures = 64\nviews = 2\niterations = 25\nbatch = 16\nnet_iterations = 5\n";
  for (const char* run : {"killed", "whole"}) {
    std::string text = config_text(directory / run, "epochs = 1\n") + more;
    text.replace(text.find("[quant]\n"), 8, "[quant]\nreconstruct = blocks_then_net\n");
    write_file((directory / (std::string(run) + ".ini")), text);
  }
  const pid_t child = start("calibrate", directory / "killed.ini", directory / "out1");
  REQUIRE(wait_for(directory / "killed/run/log.txt", child));  // its first line comes behind the first block
  kill(child, SIGKILL);
  REQUIRE(exit_code(child) == 128 + SIGKILL);
  REQUIRE(fs::exists(directory / "killed/run/checkpoint/first.h5"));
  REQUIRE(exit_code(start("calibrate", directory / "killed.ini", directory / "out2")) == 0);
  CHECK_THAT(read_file(directory / "out2"), Catch::Contains("resuming behind block"));
  REQUIRE(exit_code(start("calibrate", directory / "whole.ini", directory / "out3")) == 0);
  CHECK_FALSE(fs::exists(directory / "whole/run/checkpoint/first.h5"));
  const auto values = [&](const char* run) {
    return load((directory / run / "run/checkpoint/last.h5").string()).parameters;
  };
  check_equal_bits(values("killed"), values("whole"));
  // The quantizers that were judged are on record, once.
  const RunRecord record = read_run((directory / "killed/run/run.h5").string());
  CHECK(record.quantizers.contains("conv1/weight"));
  for (const auto& [path, quantizer] : record.quantizers) {
    INFO(path);
    CHECK(quantizer.scale.size() == 1);
    CHECK(quantizer.codes_by_epoch.size() == 1);
  }
}

TEST_CASE("what_cannot_be_reconstructed_is_refused_before_anything_is_written") {
  const TemporaryDirectory directory;
  const auto refused = [&](const char* verb, const std::string& method, const std::string& more = "") {
    std::string text = config_text(directory.path(), "epochs = 1\n") + more;
    text.replace(text.find("learned_scale_shift"), 19, method + "\nreconstruct = blocks");
    write_file(directory / "run.ini", text);
    CHECK(exit_code(start(verb, directory / "run.ini", directory / "out")) == 2);
    CHECK_FALSE(fs::exists(directory / "run/config.ini"));
    return read_file(directory / "out");
  };
  CHECK_THAT(refused("train", "lsq"), Catch::Contains("quant.reconstruct, which nibble calibrate does"));
  CHECK_THAT(refused("calibrate", "pact"), Catch::Contains("conv1") && Catch::Contains("no plain grid"));
  CHECK_THAT(refused("calibrate", "lsq", "[train]\naugment = false\n[reconstruct]\nviews = 2\n"),
             Catch::Contains("reconstruct.views: found 2 with train.augment = off"));
}

TEST_CASE("ranges_are_equalized_before_and_biases_corrected_behind_the_first_scales") {
  const TemporaryDirectory directory;
  const auto calibrated = [&](const std::string& name, const std::string& keys) {
    fs::create_directories(directory / name);
    std::string text = config_text(directory / name, "epochs = 1\n");
    text.replace(text.find("[quant]\n"), 8, "[quant]\n" + keys);
    text.replace(text.find("swish"), 5, "relu");
    write_file(directory / (name + ".ini"), text);
    REQUIRE(exit_code(start("calibrate", directory / (name + ".ini"), directory / (name + ".out"))) == 0);
    const std::string run = (directory / (name + "/run")).string();
    CHECK(std::isfinite(read_run(run + "/run.h5").figure(Arithmetic::integer)));
    return load(run + "/checkpoint/last.h5").parameters;
  };
  const auto plain = calibrated("plain", ""), corrected = calibrated("corrected", "correct_biases = true\n"),
             equal = calibrated("equal", "equalize = true\n");
  const auto differs = [&](const std::map<std::string, Tensor>& values, const std::string& path) {
    return std::memcmp(values.at(path).data(), plain.at(path).data(),
                       static_cast<std::size_t>(plain.at(path).size()) * sizeof(Real)) != 0;
  };
  for (const auto& [path, value] : plain) {
    INFO(path);
    const bool mean = path.ends_with("running_mean") || path == "linear/bias";
    CHECK(differs(corrected, path) == mean);
  }
  CHECK(differs(equal, "layer1/0/bn1/weight"));
  CHECK(differs(equal, "layer1/0/conv2/weight"));
  CHECK(!differs(equal, "layer1/0/conv1/weight"));

  write_file(directory / "train.ini",
             str("include = corrected.ini\n[run]\noutput = ", directory.path().string(), "/t\n"));
  REQUIRE(exit_code(start_training(directory / "train.ini", directory / "train.out")) == 2);
  CHECK_THAT(read_file(directory / "train.out"),
             Catch::Contains("found quant.correct_biases, which nibble calibrate does, expected false"));
  write_file(directory / "mlp.ini", str("include = equal.ini\n[run]\noutput = ", directory.path().string(),
                                        "/mlp\n[model]\nkind = mlp\n"));
  REQUIRE(exit_code(start("calibrate", directory / "mlp.ini", directory / "mlp.out")) == 2);
  CHECK_THAT(read_file(directory / "mlp.out"), Catch::Contains("quant.equalize found no two convolutions"));
  CHECK(!fs::exists(directory / "mlp/run"));
}

TEST_CASE("norms_that_keep_their_statistics_give_first_scales_by_them") {
  const TemporaryDirectory directory;
  const auto parameters = [&](const char* verb, const std::string& name, const std::string& keys,
                              const std::string& freeze) {
    fs::create_directories(directory / name);
    std::string text = config_text(directory / name, "epochs = 0\n" + keys);
    text.replace(text.find("[model]\n"), 8, "[model]\n" + freeze);
    write_file(directory / (name + ".ini"), text);
    REQUIRE(exit_code(start(verb, directory / (name + ".ini"), directory / (name + ".out"))) == 0);
    return load((directory / (name + "/run/checkpoint/last.h5")).string()).parameters;
  };
  const std::string scale = "layer1/0/bn1/table/first_scale";
  const Tensor batch = parameters("train", "batch", "", "").at(scale),
               settled = parameters("calibrate", "settled", "", "").at(scale),
               running = parameters("train", "running", "norms = running\n", "").at(scale),
               frozen = parameters("train", "frozen", "", "freeze = *bn*\n").at(scale);
  CHECK(batch[0] != settled[0]);
  CHECK(running[0] == settled[0]);
  CHECK(frozen[0] == settled[0]);
}

TEST_CASE("a_training_goes_on_with_the_scales_and_shifts_of_a_quantized_run") {
  const TemporaryDirectory directory;
  write_file(directory / "four.ini", config_text(directory.path(), "epochs = 1\n"));
  REQUIRE(run_program(directory, "train four.ini").exit_code == 0);
  const auto after = [&](const std::string& name, const std::string& keys) {
    const ProgramOutcome outcome = run_program(
        directory, "train four.ini --model.start_from run --train.epochs 0 --run.name " + name + keys);
    REQUIRE(outcome.exit_code == 0);
    return outcome.err;
  };
  const auto parameters = [&](const std::string& name) {
    return load((directory / (name + "/checkpoint/last.h5")).string()).parameters;
  };
  const auto figure = [&](const std::string& name, Arithmetic arithmetic) {
    return read_run((directory / (name + "/run.h5")).string()).figure(arithmetic);
  };
  CHECK_THAT(after("same", " --quant.gradient_scale none --quant.percentile 99"),
             Catch::Contains("its weights, scales and shifts are taken"));
  const auto there = parameters("run"), same = parameters("same");
  REQUIRE(there.size() == same.size());
  for (const auto& [path, value] : there) {
    INFO(path);
    CHECK(std::memcmp(value.data(), same.at(path).data(),
                      static_cast<std::size_t>(value.size()) * sizeof(Real)) == 0);
  }
  CHECK(figure("same", Arithmetic::integer) == figure("run", Arithmetic::integer));

  CHECK_THAT(
      after("fewer", " --quant.weight_bits 3"),
      Catch::Contains("its weights are taken, its scales and shifts begin anew: quant.weight_bits is 4 "
                      "there, 3 here"));
  CHECK_THAT(after("other", " --model.start_from_except linear"),
             Catch::Contains("begin anew: model.start_from_except leaves layers out"));
  CHECK_THAT(after("float", " --quant.method none"),
             Catch::Contains("begin anew: quant.method is learned_scale_shift there, none here"));
}

TEST_CASE("a_signal_ends_a_run_at_a_checkpoint_with_code_75") {
  const TemporaryDirectory directory;
  write_file(directory / "run.ini",
             config_text(directory.path(), "epochs = 50\ncheckpoint_minutes = 0.0001\n"));
  const pid_t child = start_training(directory / "run.ini", directory / "out");
  REQUIRE(wait_for(directory / "run/checkpoint/last.h5", child));
  kill(child, SIGTERM);
  CHECK(exit_code(child) == 75);
  CHECK_THAT(read_file(directory / "out"), Catch::Contains("resumes"));
  CHECK(load((directory / "run/checkpoint/last.h5").string()).counters.at("step") >= 1);
}

TEST_CASE("a_finished_run_is_not_overwritten") {
  const TemporaryDirectory directory;
  write_file(directory / "run.ini", config_text(directory.path(), "epochs = 1\n"));
  REQUIRE(exit_code(start_training(directory / "run.ini", directory / "out")) == 0);
  const std::string before = read_file(directory / "run/run.h5");
  CHECK(exit_code(start_training(directory / "run.ini", directory / "out")) == 0);
  CHECK_THAT(read_file(directory / "out"), Catch::Contains("finished before"));
  CHECK(read_file(directory / "run/run.h5") == before);
}

}  // namespace nibble::run_test
