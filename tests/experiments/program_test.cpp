// The built program from outside: exit codes, sentences, and sweeps of tiny runs.

#include <catch2/catch.hpp>
#include <cstdio>
#include <regex>

#include "tests/datasets/fetch/local_server.h"
#include "tests/support/program.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_directory.h"

namespace nibble::program_test {

namespace fs = std::filesystem;

namespace {

const char* const kTiny = kTinyConfig;

pid_t start(const TemporaryDirectory& directory, const std::string& arguments) {
  return start_program(directory, arguments);
}

ProgramOutcome finish(const TemporaryDirectory& directory, pid_t child) {
  return finish_program(directory, child);
}

ProgramOutcome run(const TemporaryDirectory& directory, const std::string& arguments,
                   const std::string& environment = "") {
  return run_program(directory, arguments, environment);
}

}  // namespace

TEST_CASE("program_refuses_with_one_sentence_exit_code_2_and_writes_nothing") {
  struct Case {
    const char *arguments, *sentence;
  };
  for (const Case& c : {
           Case{"trian a.ini",
                "nibble: unknown verb 'trian'; did you mean 'train'?; 'nibble help' lists them\n"},
           Case{"train",
                "nibble: train: found no argument, expected nibble train CONFIG [--force | --estimate | "
                "--profile]\n"},
           Case{"train a.ini b.ini",
                "nibble: train: found 'a.ini b.ini', expected nibble train CONFIG [--force | --estimate | "
                "--profile]\n"},
           Case{"train bad.ini",
                "nibble: bad.ini:2: unknown key 'epohcs' in [train]; did you mean 'epochs'?\n"},
           Case{"train a.ini --train.epochs=no",
                "nibble: command line: train.epochs is 'no', expected a whole number of at least 0\n"},
           Case{"train a.ini --froce",
                "nibble: command line: unknown option '--froce'; did you mean '--force'?\n"},
           Case{"train a.ini --steps 3",
                "nibble: train: found --steps or --json, expected --profile with them\n"},
           Case{"train a.ini --estimate --force",
                "nibble: train: found --estimate and another switch, expected it alone\n"},
           Case{"train a.ini --profile --steps 0",
                "nibble: command line: steps is '0', expected a whole number of at least 1\n"},
           Case{"export runs/a", "nibble: export: found no --out, expected --out DIR or --darknet FILE\n"},
           Case{"help trian", "nibble: help: unknown topic 'trian'; did you mean 'train'?\n"},
           Case{"data fetch",
                "nibble: data: found 'fetch', expected list, pack DIR, check CONFIG, show CONFIG, or fetch "
                "and one "
                "of cifar10, cifar100, ptb\n"},
           Case{"evaluate runs/a --dataset.test_samples 100",
                "nibble: evaluate: found '--dataset.test_samples', expected nibble evaluate RUN|CONFIG "
                "[--answers FILE] [--classes FILE] [--per-class]; keys "
                "belong to a CONFIG\n"},
           Case{"train a.ini --epochs 3",
                "nibble: command line: unknown option '--epochs'; did you mean --train.epochs=3?\n"},
           Case{"train a.ini train.epochs=3",
                "nibble: command line: found 'train.epochs=3'; did you mean --train.epochs=3?\n"},
           Case{
               "sweep seed.ini",
               "nibble: seed.ini:3: unknown key 'seed' in [sweep]; did you mean run.seed or dataset.seed?\n"},
           Case{"sweep run_seed.ini",
                "nibble: run_seed.ini:3: unknown key 'run.seed' in [sweep]; run.seed stands as 'seed' in "
                "[run], and "
                "'nibble help sweep' lists the keys of [sweep]\n"},
           Case{"summarize runs --group seed",
                "nibble: summarize: --group: unknown key 'seed'; did you mean run.seed or dataset.seed?\n"},
           Case{"inspect a.ini --machine",
                "nibble: inspect: found --machine and a CONFIG, expected one of the two\n"},
           Case{"help train sweep", "nibble: help: found 'train sweep', expected one verb, section or key\n"},
           Case{"sweep a.ini", "nibble: a.ini: [sweep] has no config, expected config = BASE.ini\n"},
       }) {
    INFO(c.arguments);
    const TemporaryDirectory directory;
    write_file(directory / "a.ini", kTiny);
    write_file(directory / "bad.ini", "[train]\nepohcs = 3\n");
    write_file(directory / "seed.ini", "[sweep]\nconfig = a.ini\nseed = 1, 2\n");
    write_file(directory / "run_seed.ini", "[sweep]\nconfig = a.ini\nrun.seed = 1, 2\n");
    const ProgramOutcome outcome = run(directory, c.arguments);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.err == c.sentence);
    CHECK(outcome.out.empty());
    CHECK_FALSE(fs::exists(directory / "runs"));
  }
}

TEST_CASE("program_explains_every_verb_with_its_options_within_80_columns", "[once]") {
  const TemporaryDirectory directory;
  const std::string overview = run(directory, "").out;
  CHECK(longest_line(overview) <= 80);
  CHECK(run(directory, "--help").out == overview);
  CHECK_THAT(overview, Catch::Contains("./nibble test") && Catch::Contains("./nibble bench"));
  const std::vector<std::pair<std::string, std::vector<std::string>>> verbs{
      {"demo", {"--out"}},
      {"train", {"--force", "--estimate", "--profile", "--steps", "--json", "epochs = 40"}},
      {"calibrate", {"--force", "every key of a config"}},
      {"evaluate", {}},
      {"generate", {"--prompt", "--words", "--temperature", "--seed", "--integer"}},
      {"export", {"--out"}},
      {"verify", {"--images", "--c-images"}},
      {"inspect", {"--machine"}},
      {"codes", {"--weights"}},
      {"sensitivity", {"--samples", "--csv", "--plot", "--budget"}},
      {"sweep", {"--dry-run", "grid\n", "name = lr{train.learning_rate}_seed{run.seed}"}},
      {"summarize", {"--group"}},
      {"data", {"--mirror", "--to", "--side", "--images", "every key of a config"}},
      {"config", {"every key of a config"}},
      {"help", {}},
  };
  for (const auto& [verb, options] : verbs) {
    INFO(verb);
    CHECK_THAT(overview, Catch::Contains("\n  " + verb + " "));
    const ProgramOutcome help = run(directory, "help " + verb);
    CHECK(help.exit_code == 0);
    CHECK(longest_line(help.out) <= 80);
    CHECK_THAT(help.out, Catch::StartsWith("nibble " + verb + " "));
    for (const std::string& option : options) CHECK_THAT(help.out, Catch::Contains(option));
    CHECK(run(directory, verb + " --help").out == help.out);
    CHECK(run(directory, verb + " a.ini -h").out == help.out);
  }
  CHECK(longest_line(run(directory, "help train", "COLUMNS=60").out) <= 60);
}

TEST_CASE("program_explains_sections_keys_and_includes_within_80_columns", "[once]") {
  const TemporaryDirectory directory;
  for (const char* section : {"run", "dataset", "model", "quant", "train", "edge"})
    CHECK(longest_line(run(directory, std::string("help ") + section).out) <= 80);
  CHECK_THAT(run(directory, "help quant").out, Catch::Contains("gradient_scale = elements"));
  CHECK_THAT(run(directory, "help model").out, Catch::Contains("resnet20"));
  CHECK_THAT(run(directory, "help dataset").out, Catch::Contains("\n  procedural_text  little stories") &&
                                                     Catch::Contains("\n  ptb              Penn"));
  CHECK_THAT(run(directory, "help epochs").out, Catch::StartsWith("  train.epochs = 40\n      Passes"));
  CHECK(run(directory, "help train.epochs").out == run(directory, "help epochs").out);
  CHECK_THAT(run(directory, "help seed").out,
             Catch::Contains("run.seed = 1") && Catch::Contains("dataset.seed = 1"));
  CHECK_THAT(run(directory, "help override").out, Catch::Contains("a layer's input"));
  CHECK_THAT(run(directory, "help include").out, Catch::StartsWith("include = BASE.ini\n"));
}

TEST_CASE("program_tells_its_version_and_commit") {
  const TemporaryDirectory directory;
  const ProgramOutcome version = run(directory, "--version");
  CHECK(version.exit_code == 0);
  CHECK_THAT(version.out, Catch::Matches("nibble [0-9]+\\.[0-9]+\\.[0-9]+, revision [0-9a-z-]+\n"));
}

TEST_CASE("program_refuses_several_processes_where_they_would_not_share_work") {
  const TemporaryDirectory directory;
  const ProgramOutcome open_mpi =
      run(directory, "summarize .", "OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0");
  CHECK(open_mpi.exit_code == 2);
  CHECK(open_mpi.err ==
        "nibble: 'nibble summarize' was started as 2 processes of one job, expected one process; 'nibble "
        "train' and "
        "'nibble sweep' share work\n");
  const ProgramOutcome slurm = run(directory, "export runs/a --out c", "PMIX_RANK=0 SLURM_STEP_NUM_TASKS=64");
  CHECK(slurm.exit_code == 2);
  CHECK_THAT(slurm.err, Catch::Contains("'nibble export' was started as 64 processes"));
  CHECK(run(directory, "help train", "OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=1").exit_code == 0);
}

TEST_CASE("program_lists_the_kinds_of_data") {
  const TemporaryDirectory directory;
  const ProgramOutcome list = run(directory, "data list");
  CHECK(list.exit_code == 0);
  CHECK_THAT(list.out, Catch::StartsWith("procedural       ten shapes") &&
                           Catch::Contains("\nprocedural_text  little stories") &&
                           Catch::Contains("\nptb              Penn Treebank") && Catch::Contains("\ntext "));
}

TEST_CASE("program_fetches_penn_treebank_from_a_mirror") {
  const auto train = shared_data("ptb/ptb.train.txt");
  if (!train) return;  // shared_data has said so
  LocalServer::Files files;
  for (const std::string name : {"ptb.train.txt", "ptb.valid.txt", "ptb.test.txt"})
    files[name] = read_file(train->parent_path() / name);
  const LocalServer server(files);
  const TemporaryDirectory directory;
  const std::string fetch = "data fetch ptb --mirror " + server.address(), no_proxy = "no_proxy=127.0.0.1";
  const ProgramOutcome fetched = run(directory, fetch, no_proxy);
  CHECK(fetched.err == "");
  CHECK(fetched.exit_code == 0);
  CHECK(fetched.out == "ptb is in data/ptb\n");
  for (const auto& [name, content] : files) CHECK(read_file(directory.path() / "data/ptb" / name) == content);
  CHECK(run(directory, fetch, no_proxy).exit_code == 0);
  CHECK(server.requested_from().size() == 3);  // the second time, everything was there
}

TEST_CASE("program_inspects_a_config_and_prints_it_resolved") {
  const TinyDirectory directory;
  const ProgramOutcome table = run(directory, "inspect a.ini --quant.method lsq", "COLUMNS=80");
  CHECK(table.exit_code == 0);
  CHECK_THAT(table.out, Catch::Contains("linear") && Catch::Contains("total") &&
                            Catch::Contains("2 and 3 bits take\nwhat 4 take"));
  CHECK(longest_line(table.out) <= 80);

  const ProgramOutcome first = run(directory, "config a.ini --train.epochs 7");
  CHECK_THAT(first.out, Catch::Contains("epochs = 7"));
  write_file(directory / "resolved.ini", first.out);
  CHECK(run(directory, "config resolved.ini").out == first.out);
}

TEST_CASE("program_shows_how_quantizers_use_their_codes") {
  const TinyDirectory directory;
  REQUIRE(run(directory, "train a.ini --quant.method learned_scale_shift").exit_code == 0);
  const ProgramOutcome shown = run(directory, "codes runs/a");
  CHECK(shown.exit_code == 0);
  CHECK_THAT(shown.out, Catch::Contains("learned_scale_shift") && Catch::Contains("0 .. 15"));
  CHECK_THAT(shown.out, !Catch::Contains("/weight"));
  CHECK_THAT(run(directory, "codes runs/a --weights").out, Catch::Contains("/weight"));

  // A calibrated run has no epoch to tell of; the codes are counted when they are asked for.
  REQUIRE(run(directory, "calibrate a.ini --run.name c --quant.method learned_scale_shift").exit_code == 0);
  for (const char* place : {"runs/c", "runs/c/run.h5"}) {
    const ProgramOutcome calibrated = run(directory, std::string("codes --weights ") + place, "COLUMNS=80");
    CHECK(calibrated.exit_code == 0);
    CHECK_THAT(calibrated.out,
               Catch::Contains("0 .. 15") && Catch::Contains("/weight") && Catch::Contains("█"));
    CHECK(longest_line(calibrated.out) <= 80);
    CHECK(longest_line(run(directory, std::string("codes ") + place, "COLUMNS=60").out) <= 60);
  }

  REQUIRE(run(directory, "train a.ini --run.name float").exit_code == 0);
  const ProgramOutcome nothing = run(directory, "codes runs/float");
  CHECK(nothing.exit_code == 1);
  CHECK_THAT(nothing.err, Catch::Contains("found no quantizers, expected a quantized run"));
}

TEST_CASE("program_logs_of_an_epoch_what_was_measured_and_tells_it_like_its_progress") {
  const TinyDirectory directory;
  const ProgramOutcome outcome = run(directory, "train a.ini --train.epochs 2 --train.evaluate_every 2");
  REQUIRE(outcome.exit_code == 0);
  CHECK_THAT(
      outcome.err,
      Catch::Matches("(.|\n)*epoch 1/2  loss [0-9.]+  top-1 [0-9.]+ %  [0-9]+ s  [0-9]+ images/s\n(.|\n)*") &&
          Catch::Matches("(.|\n)*epoch 2/2  loss [0-9.]+  top-1 [0-9.]+ %  test top-1 [0-9.]+ %  [0-9]+ s  "
                         "(.|\n)*"));
  CHECK_THAT(read_file(directory / "runs/a/log.txt"),
             Catch::Matches(
                 "epoch=1 step=4 loss=[0-9.]+ top1=[0-9.]+ img/s=[0-9.e+]+ seconds=[0-9.e-]+\n"
                 "epoch=2 step=8 loss=[0-9.]+ top1=[0-9.]+ test_loss=[0-9.]+ test_top1=[0-9.]+ img/s=.*\n"));
}

TEST_CASE("program_evaluates_weights_that_a_config_starts_from") {
  const TinyDirectory directory;
  REQUIRE(run(directory, "train a.ini").exit_code == 0);
  const std::string of_run = run(directory, "evaluate runs/a").out;
  const std::string of_config = run(directory, "evaluate a.ini --model.start_from runs/a").out;
  CHECK_THAT(of_run, Catch::Contains("\nfloat top-1 "));
  CHECK(of_config.substr(of_config.find('\n')) == of_run.substr(of_run.find('\n')));
  CHECK_FALSE(std::filesystem::exists(directory / "runs/a.ini"));
  CHECK_THAT(
      run(directory, "evaluate a.ini").err,
      Catch::Contains("found a config without model.start_from, expected the weights to judge, or a run"));
  CHECK_THAT(run(directory, "evaluate a.ini --model.start_from runs/a --quant.method lsq").err,
             Catch::Contains("found quant.method = lsq in a config, expected none"));
}

TEST_CASE("program_exports_c_under_a_name_and_says_where_it_comes_from") {
  const TinyDirectory directory;
  REQUIRE(run(directory, "train a.ini --quant.method learned_scale_shift").exit_code == 0);
  const ProgramOutcome bad = run(directory, "export runs/a --out c --name 3d");
  CHECK(bad.exit_code == 2);
  CHECK_THAT(bad.err, Catch::StartsWith("nibble: export: found --name 3d, expected a letter"));

  REQUIRE(run(directory, "export runs/a --out c --name shapes").exit_code == 0);
  const std::string header = read_file(directory / "c/shapes.h");
  CHECK(
      std::regex_search(header, std::regex("nibble 0\\.[0-9.]+, commit [0-9a-z-]+, config [0-9a-f]{16}\\b")));
  CHECK_THAT(header, Catch::Contains("red: mean 0.485, std 0.229") && Catch::Contains("shapes_encode"));
  CHECK_THAT(read_file(directory / "c/shapes_names.c"), Catch::Contains("\"disc\""));
  CHECK(std::system(("make -s -C '" + (directory / "c").string() + "' check clean > /dev/null").c_str()) ==
        0);

  fs::create_directories(directory / "mine");
  write_file(directory / "mine/Makefile", "all:\n");
  const ProgramOutcome foreign = run(directory, "export runs/a --out mine");
  CHECK(foreign.exit_code == 1);
  CHECK_THAT(foreign.err,
             Catch::Contains("found mine/Makefile, whose first line does not say that nibble wrote it"));
  CHECK(read_file(directory / "mine/Makefile") == "all:\n");
}

TEST_CASE("program_profiles_steps_and_leaves_the_run_alone") {
  const TinyDirectory directory;
  const ProgramOutcome shown =
      run(directory, "train a.ini --profile --steps 2 --json p.json --quant.method learned_scale_shift");
  CHECK(shown.exit_code == 0);
  CHECK_THAT(shown.out, Catch::Contains("linear layers") && Catch::Contains("waiting for data") &&
                            Catch::Contains("fake quantization"));
  CHECK_THAT(read_file(directory / "p.json"), Catch::Contains("\"weight_quantizer_ms\""));
  CHECK(longest_line(run(directory, "train a.ini --profile --steps 2", "COLUMNS=80").out) <= 80);
  CHECK(longest_line(run(directory, "data list", "COLUMNS=80").out) <= 80);
  CHECK_FALSE(fs::exists(directory / "runs"));
}

TEST_CASE("program_says_what_the_machine_can_do") {
  const TemporaryDirectory directory;
  const ProgramOutcome shown = run(directory, "inspect --machine");
  CHECK(shown.exit_code == 0);
  CHECK_THAT(shown.out, Catch::Contains("forward, codes") && Catch::Contains("backward, codes"));
}

TEST_CASE("program_says_where_gradients_become_float32_and_trains") {
  const TinyDirectory directory;
  const std::string train =
      "train a.ini --force --model.kind resnet8 --model.width 0 --train.learning_rate 0.01 "
      "--quant.method learned_scale_shift";
  const std::string avx2 = "ONEDNN_MAX_CPU_ISA=AVX2";
  const ProgramOutcome outcome = run(directory, train, avx2);
  CHECK(outcome.exit_code == 0);
  CHECK_THAT(outcome.out + outcome.err, Catch::Contains("bfloat16 products: gradients enter"));
  const ProgramOutcome float32 = run(directory, train + " --train.gradients float32", avx2);
  CHECK(float32.exit_code == 0);
  CHECK_THAT(float32.out + float32.err, !Catch::Contains("bfloat16"));
}

TEST_CASE("program_refuses_a_run_of_another_config_and_names_the_keys") {
  const TinyDirectory directory;
  REQUIRE(run(directory, "train a.ini").exit_code == 0);
  const ProgramOutcome other = run(directory, "train a.ini --train.batch=8");
  CHECK(other.exit_code == 2);
  CHECK_THAT(other.err, Catch::Contains("train.batch (16 there, 8 here)"));
  CHECK(run(directory, "train a.ini --train.batch=8 --force").exit_code == 0);
  CHECK_THAT(read_file(directory / "runs/a/config.ini"), Catch::Contains("batch = 8"));
}

TEST_CASE("sweep_runs_all_passes_over_failures_and_skips_what_is_finished") {
  const TemporaryDirectory directory;
  write_file(directory / "base.ini", kTiny);
  write_file(directory / "sweep.ini",
             "[sweep]\nconfig = base.ini\ngrid = dataset.kind: procedural, cifar10\ngrid = run.seed: 1, 2\n");
  CHECK_THAT(run(directory, "sweep sweep.ini --dry-run").out, Catch::Contains("not started"));
  CHECK_FALSE(fs::exists(directory / "runs"));

  const ProgramOutcome first = run(directory, "sweep sweep.ini --dataset.path=nowhere");
  CHECK(first.exit_code == 1);
  CHECK_THAT(
      first.out,
      Catch::Matches("(.|\n)*base-procedural-2 +finished(.|\n)*base-cifar10-1 +failed +.*nowhere(.|\n)*"));
  CHECK(fs::exists(directory / "runs/base-procedural-1/DONE"));
  CHECK(fs::exists(directory / "runs/base-procedural-2/DONE"));
  CHECK_FALSE(fs::exists(directory / "runs/base-cifar10-1/DONE"));

  const auto written = fs::last_write_time(directory / "runs/base-procedural-1/run.h5");
  write_file(directory / "sweep.ini",
             "[sweep]\nconfig = base.ini\ngrid = dataset.kind: procedural\ngrid = run.seed: 1, 2\n");
  const ProgramOutcome second = run(directory, "sweep sweep.ini");
  CHECK(second.exit_code == 0);
  CHECK_THAT(second.out, Catch::Contains("before"));
  CHECK(fs::last_write_time(directory / "runs/base-procedural-1/run.h5") == written);
}

TEST_CASE("sweep_hands_a_signal_to_its_run_and_goes_on_from_there_next_time", "[once]") {
  const TemporaryDirectory directory;
  write_file(directory / "base.ini", kTiny);
  write_file(directory / "sweep.ini",
             "[sweep]\nconfig = base.ini\ngrid = run.seed: 1, 2\n[train]\nepochs = 400\ncheckpoint_every = "
             "100\nevaluate_every = 100\n");
  const pid_t child = start(directory, "sweep sweep.ini");
  wait_until_exists(directory / "runs/base-1/log.txt");
  kill(child, SIGTERM);
  const ProgramOutcome stopped = finish(directory, child);
  REQUIRE(stopped.exit_code == 75);
  CHECK(fs::exists(directory / "runs/base-1/checkpoint/last.h5"));
  CHECK_THAT(stopped.out, Catch::Matches("(.|\n)*base-1 +interrupted(.|\n)*base-2 +not started(.|\n)*"));

  const ProgramOutcome resumed = run(directory, "sweep sweep.ini");
  CHECK(resumed.exit_code == 0);
  CHECK_THAT(resumed.err, Catch::Contains("resuming"));
  CHECK(fs::exists(directory / "runs/base-2/DONE"));
}

}  // namespace nibble::program_test
