#include "experiments/config/config.h"

#include <catch2/catch.hpp>

#include "experiments/config/config_file.h"
#include "experiments/config/embedded_configs.h"
#include "experiments/training/loaded_run.h"
#include "tests/support/temporary_directory.h"

namespace nibble::config_test {
namespace {

ExperimentConfig read(const std::string& text) {
  ExperimentConfig config;
  Options options;
  describe(options, config);
  options.apply(read_config_text(options, text, "f.ini"));
  validate(config, "f.ini");
  return config;
}

}  // namespace

TEST_CASE("config_keys_reach_their_fields") {
  const ExperimentConfig config = read(
      "[run]\nname = n\nseed = 7\n[dataset]\nkind = cifar10\nvalidation_share = 0.1\nmean = 0.1, 0.2, "
      "0.3\nstd = 1, 1, 1\n"
      "[model]\nkind = resnet20\nactivation = swish\nshortcut = projection\nstart_from = runs/x\n"
      "[quant]\nmethod = lsq_plus\nweight_bits = 3\nweight_granularity = tensor\nactivation_sign = signed\n"
      "gradient_scale = features\nborder = lowest_code\ncalibration_samples = 64\n"
      "override = layer?/*:weight_bits=8,activation_bits=5\noverride = fc:activation_bits=8\n"
      "[train]\nepochs = 9\nprefetch_threads = 4\noptimizer = adamw\nschedule = step\nmilestones = 3, "
      "6\n[edge]\ninteger_evaluation = off\n");
  CHECK(config.run.name == "n");
  CHECK(config.run.seed == 7);
  CHECK(config.dataset.kind == "cifar10");
  CHECK(config.dataset.validation_share == 0.1);
  CHECK(config.dataset.mean == std::vector<float>{0.1f, 0.2f, 0.3f});
  CHECK(config.model.activation == ActivationKind::swish);
  CHECK(config.model.shortcut == Shortcut::projection);
  CHECK(config.start_from == "runs/x");
  CHECK(config.quant.method == QuantMethod::lsq_plus);
  CHECK(config.quant.weight_bits == 3);
  CHECK(config.quant.weight_granularity == Granularity::tensor);
  CHECK(config.quant.activation_sign == Sign::is_signed);
  CHECK(config.quant.gradient_scale == GradientScale::features);
  CHECK(config.quant.border == Border::lowest_code);
  CHECK(config.calibration_samples == 64);
  REQUIRE(config.quant.overrides.size() == 2);
  CHECK(config.quant.overrides[0].pattern == "layer?/*");
  CHECK(config.quant.overrides[0].weight_bits == 8);
  CHECK(config.quant.overrides[0].activation_bits == 5);
  CHECK(config.quant.overrides[1].weight_bits == 0);
  CHECK(config.train.prefetch_threads == 4);
  CHECK(config.train.optimizer == OptimizerKind::adamw);
  CHECK(config.train.milestones == std::vector<int>{3, 6});
  CHECK_FALSE(config.edge.integer_evaluation);
}

TEST_CASE("config_prints_every_key_and_reads_back_the_same") {
  ExperimentConfig config = read(
      "[run]\nname = round\n[train]\nlearning_rate = 0.1\nweight_decay = 3e-5\n"
      "[quant]\nmethod = pact\noverride = a*:weight_bits=8\noverride = b:activation_bits=2\n");
  const std::string text = print_config(config);
  CHECK(print_config(read(text)) == text);
  Options options;
  describe(options, config);
  for (const Options::Option& option : options.all())
    if (!option.repeatable) CHECK_THAT(text, Catch::Contains("\n" + name_of(option.key) + " ="));
}

TEST_CASE("config_defaults_print_and_read_back_the_same") {
  ExperimentConfig config;
  validate(config, "defaults.ini");
  const std::string text = print_config(config);
  CHECK(print_config(read(text)) == text);
}

TEST_CASE("config_names_the_numbers_that_it_leaves_to_the_data_set") {
  const std::string old = "[dataset]\nkind = cifar10\nmean =\nstd =\n";
  CHECK_THAT(print_config(read(old)), Catch::Contains("mean = 0.485, 0.456, 0.406\n"));
  CHECK_THAT(complete_config(old), Catch::Contains("std = 0.229, 0.224, 0.225\n"));
  CHECK(read("[dataset]\nkind = ptb\n").dataset.mean.empty());
}

TEST_CASE("config_run_is_named_after_its_file_unless_it_says_otherwise") {
  const TemporaryDirectory directory;
  const std::string path = (directory / "resnet20_w4a4.ini").string();
  write_file(path, "[train]\nepochs = 3\n");
  CHECK(read_config(path).run.name == "resnet20_w4a4");
  CHECK(read_config(path, {{"run.name", "other", "command line"}}).run.name == "other");
}

TEST_CASE("config_overrides_win_over_the_file") {
  const TemporaryDirectory directory;
  const std::string path = (directory / "a.ini").string();
  write_file(path, "[train]\nepochs = 3\nbatch = 5\n");
  const ExperimentConfig config = read_config(path, {{"train.epochs", "4", "command line"}});
  CHECK(config.train.epochs == 4);
  CHECK(config.train.batch == 5);
}

TEST_CASE("config_refuses_what_makes_no_sense") {
  struct Case {
    const char *text, *message;
  };
  for (const Case& c :
       {Case{"[quant]\nweight_bits = 9\n",
             "f.ini:2: quant.weight_bits is '9', expected a whole number from 2 to 8"},
        Case{"[quant]\nmethod = lsqq\n",
             "f.ini:2: quant.method is 'lsqq', expected one of none, learned_scale_shift, lsq, lsq_plus, "
             "pact, dorefa; "
             "did you mean 'lsq'?"},
        Case{"[quant]\noverride = a:bits=3\n",
             "f.ini:2: quant.override is 'a:bits=3', expected PATTERN:weight_bits=8,activation_bits=8 with "
             "bits from 2 "
             "to 8"},
        Case{"[quant]\noverride = a:weight_bits=9\n",
             "f.ini:2: quant.override is 'a:weight_bits=9', expected PATTERN:weight_bits=8,activation_bits=8 "
             "with bits "
             "from 2 to 8"},
        Case{"[run]\nname = a/b\n", "f.ini: run.name is 'a/b', expected a name for a directory in runs"},
        Case{"[run]\noutput =\n", "f.ini: run.output is empty, expected the directory of runs"},
        Case{"[run]\nthreads = 100000\n",
             "f.ini:2: run.threads is '100000', expected a whole number from 0 to 1024"},
        Case{"[train]\nschedule = step\n",
             "f.ini: train.schedule is step without train.milestones, expected epochs such as 100, 150"},
        Case{"[train]\nschedule = step\nmilestones = 5, 5\n", "f.ini: train.milestones do not increase"},
        Case{"[train]\nmilestones = 5\n",
             "f.ini: train.milestones belong to train.schedule = step, found another schedule"},
        Case{"[train]\nepochs = 2\nwarmup_epochs = 3\n",
             "f.ini: train.warmup_epochs is 3, expected at most train.epochs, 2"},
        Case{"[train]\ntransition_rate = 0.005\n",
             "f.ini: train.damping, train.freeze_oscillating and train.transition_rate found quant.method = "
             "none, expected learned_scale_shift, lsq or lsq_plus"},
        Case{"[quant]\nequalize = true\n",
             "f.ini: quant.equalize found quant.method = none, expected a method"},
        Case{"[quant]\nmethod = pact\ncorrect_biases = true\n",
             "f.ini: quant.correct_biases found quant.method = pact, expected learned_scale_shift, lsq or "
             "lsq_plus"},
        Case{"[quant]\nmethod = lsq\ncorrect_biases = true\nweight_rounding = compensated\n",
             "f.ini: quant.correct_biases found quant.weight_rounding = compensated, expected nearest"},
        Case{"[quant]\nmethod = lsq\ncorrect_biases = true\nreconstruct = blocks\n",
             "f.ini: quant.correct_biases found quant.reconstruct, which learns by itself what makes up for "
             "rounding; expected one of them"},
        Case{"[model]\nkind = yolov4-tiny\ncfg = net.cfg\n",
             "f.ini: model.cfg is 'net.cfg' beside model.kind=yolov4-tiny, expected model.kind=darknet with "
             "it, or none"},
        Case{"[dataset]\nmean = 1, 2\n",
             "f.ini: dataset.mean has 2 values but dataset.std has 0, expected one of each for every "
             "channel"}}) {
    CHECK_THROWS_AS(read(c.text), UsageError);
    CHECK_THROWS_WITH(read(c.text), c.message);
  }
  CHECK_THROWS_WITH(read("[model]\nkind = resnet21\n"),
                    Catch::StartsWith("f.ini:2: model.kind is 'resnet21', expected one of ") &&
                        Catch::EndsWith("did you mean 'resnet20'?"));
}

TEST_CASE("config_keys_of_texts_reach_their_fields") {
  const DatasetOptions text =
      read("[dataset]\nkind = ptb\nmax_vocabulary = 1000\nunknown_words = replace\n").dataset;
  CHECK(text.kind == "ptb");
  CHECK(text.max_vocabulary == 1000);
  CHECK(text.unknown_words == UnknownWords::replace);
  CHECK(read("").dataset.max_vocabulary == 0);
  CHECK(read("").dataset.unknown_words == UnknownWords::refuse);
  CHECK_THROWS_WITH(read("[dataset]\nunknown_words = ignore\n"),
                    "f.ini:2: dataset.unknown_words is 'ignore', expected one of refuse, replace");
  CHECK_THROWS_WITH(read("[dataset]\nmax_vocabulary = -1\n"),
                    "f.ini:2: dataset.max_vocabulary is '-1', expected a whole number of at least 0");
}

TEST_CASE("config_reaches_the_parts_of_the_training_loop") {
  TrainConfig train;
  train.epochs = 10;
  train.warmup_epochs = 0.5;
  train.schedule = ScheduleKind::step;
  train.milestones = {4, 8};
  train.quantizer_learning_rate = 0.1;
  const Schedule schedule(schedule_options(train, 30));
  CHECK(schedule.factor(30) == 1);
  CHECK(schedule.factor(4 * 30) == Approx(0.1));
  CHECK(schedule.factor(8 * 30) == Approx(0.01));
  CHECK(optimizer_options(train).quantizer.learning_rate == 0.1);
  CHECK(optimizer_options(train).weight.weight_decay == 1e-4);
  CHECK(optimizer_options(train).norm.weight_decay == 0);
}

TEST_CASE("configs_built_into_the_program_are_valid_and_describe_a_network") {
  REQUIRE(embedded_configs().size() > 20);
  for (const EmbeddedFile& file : embedded_configs()) {
    INFO(file.name);
    ExperimentConfig config;
    REQUIRE_NOTHROW(config = read_config("builtin:" + std::string(file.name)));
    CHECK_NOTHROW(describe_network(config));
  }
  CHECK(read_config("builtin:demo_w4a4.ini").dataset.kind == "procedural");
  CHECK_THROWS_WITH(read_config("builtin:nothing.ini"),
                    Catch::StartsWith("config 'builtin:nothing.ini' is not built in, expected one of "));
}

TEST_CASE("methods_of_the_language_models_are_compared_under_equal_conditions") {
  const ExperimentConfig base = read_config("builtin:ptb_lstm300_w4a4.ini");
  CHECK(base.start_from == "runs/ptb_lstm300_float");
  CHECK(base.quant.first_and_last_bits == 4);
  CHECK(base.quant.weight_granularity == Granularity::channel);
  for (const std::string variant : {"w4a4_lsq", "w4a4_lsq_plus", "w4a4_products", "w3a3", "w2a2"}) {
    INFO(variant);
    const ExperimentConfig config = read_config("builtin:ptb_lstm300_" + variant + ".ini");
    ExperimentConfig same = config;  // but for the name and what it is about
    same.run.name = base.run.name;
    same.quant = base.quant;
    CHECK(print_config(same) == print_config(base));
    CHECK(config.quant.first_and_last_bits == config.quant.weight_bits);
    CHECK(config.quant.activation_bits == config.quant.weight_bits);
  }
}

}  // namespace nibble::config_test
