#include "experiments/results/summarize.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/check.h"
#include "experiments/results/results_file.h"
#include "tests/support/damage.h"
#include "tests/support/sample_record.h"
#include "tests/support/temporary_directory.h"

namespace nibble::summarize_test {
namespace {

const std::string kHeader =
    "run,model,activation,method,weight_bits,activation_bits,seed,epochs,float_top1,quantized_top1,integer_"
    "top1,config,"
    "revision,dataset,directory";

const std::string kTextHeader =
    "run,model,method,weight_bits,activation_bits,scope,seed,epochs,float_ppl,quantized_ppl,integer_ppl,"
    "config,revision,dataset,directory";

// A language model, float or at 4 bits.
RunRecord text_run(const std::string& name, const std::string& quant) {
  RunRecord run;
  run.name = name, run.seed = 7, run.revision = "abc", run.config = "configs/" + name + ".ini";
  run.model = "lstm", run.activation = "own", run.method = "none";
  run.config_text = "[dataset]\nkind = ptb\n" + quant;
  run.task = text_outline();
  run.epochs.epoch = {1, 2};
  run.set_figures(Arithmetic::floating, {89.8449});
  if (quant.empty()) return run;
  run.method = "lsq", run.weight_bits = run.activation_bits = 4;
  run.set_figures(Arithmetic::quantized, {92.255});
  return run;
}

void add(const std::filesystem::path& directory, const RunRecord& run) {
  std::filesystem::create_directories(directory);
  write_run(directory / "run.h5", run);
}

void add_run(const std::filesystem::path& directory, const std::string& name, std::uint64_t seed) {
  RunRecord run = sample_record();
  run.name = name, run.seed = seed, run.revision = "abc";
  std::filesystem::create_directories(directory);
  write_run(directory / "run.h5", run);
}

}  // namespace

TEST_CASE("summarize_writes_one_row_a_run_sorted_by_name") {
  const TemporaryDirectory directory;
  add_run(directory.path(), "m", 1);
  add_run(directory / "deep/er", "z", 2);
  add_run(directory / "deep", "a", 3);
  std::ostringstream out;
  const Summary summary = summarize(directory.path(), out);
  CHECK(summary.runs == 3);
  CHECK(summary.skipped.empty());
  const std::string middle = ",resnet20,swish,learned_scale_shift,4,4,",
                    end = ",3,91.73,91.50,,configs/cifar10_resnet20_w4a4.ini,abc,,";
  CHECK(read_file(directory / "summary.csv") == kHeader + "\na" + middle + "3" + end + "deep\nm" + middle +
                                                    "1" + end + ".\nz" + middle + "2" + end + "deep/er\n");
}

TEST_CASE("summarize_shows_perplexities_and_scope_of_language_models") {
  const TemporaryDirectory directory;
  RunRecord with_integers = text_run("all", "[quant]\nmethod = lsq\nscope = all\n");
  with_integers.set_figures(Arithmetic::integer, {1000.5});
  add(directory / "a", with_integers);
  add(directory / "b", text_run("products", "[quant]\nmethod = lsq\nscope = products\n"));
  add(directory / "c", text_run("float", ""));
  std::ostringstream out;
  const Summary summary = summarize(directory.path(), out);
  CHECK(summary.runs == 3);
  CHECK(summary.files == std::vector<std::string>{(directory / "summary.csv").string()});
  CHECK(read_file(directory / "summary.csv") ==
        kTextHeader + "\nall,lstm,lsq,4,4,all,7,2,89.84,92.25,1000.50,configs/all.ini,abc,ptb,a\n" +
            "float,lstm,none,32,32,,7,2,89.84,,,configs/float.ini,abc,ptb,c\n" +
            "products,lstm,lsq,4,4,products,7,2,89.84,92.25,,configs/products.ini,abc,ptb,b\n");
  CHECK(out.str() ==
        "run       model  method  weight_bits  activation_bits  scope     seed  epochs  float_ppl  "
        "quantized_ppl  integer_ppl  dataset  directory\n"
        "all       lstm   lsq               4                4  all          7       2      89.84  "
        "        92.25      1000.50  ptb      a\n"
        "float     lstm   none             32               32               7       2      89.84  "
        "                            ptb      c\n"
        "products  lstm   lsq               4                4  products     7       2      89.84  "
        "        92.25               ptb      b\n");
}

TEST_CASE("summarize_knows_a_language_model_that_has_no_perplexity_yet") {
  const TemporaryDirectory directory;
  RunRecord run = text_run("started", "");
  run.figures = {};
  add(directory.path(), run);
  std::ostringstream out;
  summarize(directory.path(), out);
  CHECK(read_file(directory / "summary.csv") ==
        kTextHeader + "\nstarted,lstm,none,32,32,,7,2,,,,configs/started.ini,abc,ptb,.\n");
}

TEST_CASE("summarize_keeps_language_models_apart_from_image_runs") {
  const TemporaryDirectory directory;
  add_run(directory / "a", "image", 1);
  add(directory / "b", text_run("text", ""));
  std::ostringstream out;
  const Summary summary = summarize(directory.path(), out);
  CHECK(summary.runs == 2);
  CHECK(summary.files == std::vector<std::string>{(directory / "summary.csv").string(),
                                                  (directory / "summary_text.csv").string()});
  CHECK_THAT(read_file(directory / "summary.csv"),
             Catch::StartsWith(kHeader + "\nimage,") && !Catch::Contains("text"));
  CHECK_THAT(read_file(directory / "summary_text.csv"),
             Catch::StartsWith(kTextHeader + "\ntext,") && !Catch::Contains("image"));
  CHECK_THAT(out.str(),
             Catch::Contains("float_top1") && Catch::Contains("\n\nrun ") && Catch::Contains("float_ppl"));
}

TEST_CASE("summarize_quotes_as_rfc_4180_says") {
  const TemporaryDirectory directory;
  add_run(directory.path(), "one, \"two\"\nthree", 1);
  std::ostringstream out;
  summarize(directory.path(), out);
  CHECK_THAT(read_file(directory / "summary.csv"),
             Catch::StartsWith(kHeader + "\n\"one, \"\"two\"\"\nthree\",resnet20,"));
}

TEST_CASE("summarize_prints_an_aligned_table_within_the_screen") {
  const TemporaryDirectory directory;
  add_run(directory / "short", "short", 1);
  add_run(directory / "a_much_longer_name", "a_much_longer_name", 12345);
  std::ostringstream wide, narrow;
  summarize(directory.path(), wide);
  CHECK(wide.str() ==
        "run                 model     activation  method               weight_bits  activation_bits   seed  "
        "epochs  float_top1  quantized_top1  integer_top1  dataset\n"
        "a_much_longer_name  resnet20  swish       learned_scale_shift            4                4  12345  "
        "     3       91.73           91.50\n"
        "short               resnet20  swish       learned_scale_shift            4                4      1  "
        "     3       91.73           91.50\n");
  summarize(directory.path(), narrow, {.columns = 80});
  CHECK(narrow.str() ==
        "all: model resnet20, activation swish, method learned_scale_shift, weight_bits\n"
        "4, activation_bits 4, epochs 3, float_top1 91.73, quantized_top1 91.50\n"
        "\n"
        "run                  seed\n"
        "a_much_longer_name  12345\n"
        "short                   1\n");
}

TEST_CASE("summarize_shows_every_key_that_varies_and_has_no_column") {
  const TemporaryDirectory directory;
  const auto add_with = [&](const char* name, const char* config) {
    RunRecord run = text_run(name, "");
    run.config_text = config;
    add(directory / name, run);
  };
  add_with("a",
           "[run]\nname = a\nseed = 1\nthreads = 2\n[dataset]\nkind = ptb\npath = here\n[train]\n"
           "learning_rate = 0.1\nepochs = 2\n[quant]\nmethod = none\nborder = nearest_zero\n");
  add_with("b",
           "[run]\nname = b\nseed = 2\nthreads = 4\n[dataset]\nkind = text\npath = there\n[train]\n"
           "learning_rate = 0.2\nepochs = 3\nunroll = 35\n[quant]\nmethod = none\nborder = lowest_code\n");
  std::ostringstream out;
  summarize(directory.path(), out);
  CHECK(read_file(directory / "summary.csv") ==
        kTextHeader + ",train.learning_rate\n" +
            "a,lstm,none,32,32,,7,2,89.84,,,configs/a.ini,abc,ptb,a,0.1\n"
            "b,lstm,none,32,32,,7,2,89.84,,,configs/b.ini,abc,text,b,0.2\n");
}

TEST_CASE("summarize_shows_the_bits_that_overrides_give") {
  struct Case {
    const char *overrides, *bits;
  };
  for (const Case& c : {Case{"", ",4,4,"}, Case{"override = conv*:weight_bits=8\n", ",4/8,4,"},
                        Case{"override = *:weight_bits=2\noverride = fc:activation_bits=3\n", ",2,4/3,"},
                        Case{"override = *:weight_bits=8\noverride = conv1:weight_bits=4\n", ",4/8,4,"},
                        Case{"override = nothing_of_this:weight_bits=8\n", ",4,4,"}}) {
    INFO(c.overrides);
    const TemporaryDirectory directory;
    RunRecord run = sample_record();
    run.config_text = std::string("[quant]\nmethod = lsq\nweight_bits = 4\n") + c.overrides;
    run.quantizers = {{"conv1/weight", {}}, {"conv1/act/quant", {}}, {"fc/weight", {}}};
    add(directory.path(), run);
    std::ostringstream out;
    summarize(directory.path(), out);
    CHECK_THAT(read_file(directory / "summary.csv"),
               Catch::Contains("learned_scale_shift" + std::string(c.bits)));
  }
  // Before the first evaluation nobody knows which layers there are.
  const TemporaryDirectory directory;
  RunRecord run = sample_record();
  run.quantizers.clear();
  run.config_text = "[quant]\noverride = a:weight_bits=8\noverride = b:weight_bits=2,activation_bits=8\n";
  add(directory.path(), run);
  std::ostringstream out;
  summarize(directory.path(), out);
  CHECK_THAT(read_file(directory / "summary.csv"), Catch::Contains(",4/2/8,4/8,"));
}

TEST_CASE("summarize_puts_runs_together_that_differ_in_the_seed_only") {
  const TemporaryDirectory directory;
  const auto add_with = [&](const std::string& rate, int seed, std::vector<double> figure) {
    const std::string name = str("lr", rate, "_seed", seed);
    RunRecord run = text_run(name, "");
    run.seed = static_cast<std::uint64_t>(seed);
    run.config_text = str("[run]\nname = ", name, "\nseed = ", seed, "\n[dataset]\nkind = ptb\n[train]\n",
                          "learning_rate = ", rate, "\n");
    run.set_figures(Arithmetic::floating, figure);
    add(directory / name, run);
  };
  add_with("0.1", 9, {100});
  add_with("0.1", 10, {101});
  add_with("0.1", 11, {102});
  add_with("0.2", 9, {50});
  add_with("0.2", 10, {});
  add_with("0.3", 9, {7});
  std::ostringstream out;
  const Summary summary = summarize(directory.path(), out, {.group = {"run.seed"}});
  CHECK(summary.runs == 6);
  CHECK(summary.files == std::vector<std::string>{(directory / "summary.csv").string(),
                                                  (directory / "summary_groups.csv").string()});
  CHECK(out.str() ==
        "run          n  model  method  weight_bits  activation_bits  scope  epochs"
        "                      float_ppl  "
        "quantized_ppl  integer_ppl  dataset  train.learning_rate\n"
        "lr0.1_seed*  3  lstm   none             32               32              2"
        "  101.00 ± 1.00 [98.52, 103.48]  "
        "                            ptb      0.1\n"
        "lr0.2_seed*  2  lstm   none             32               32              2"
        "                      50.00 (1)  "
        "                            ptb      0.2\n"
        "lr0.3_seed9  1  lstm   none             32               32              2"
        "                           7.00  "
        "                            ptb      0.3\n");
  CHECK_THAT(read_file(directory / "summary_groups.csv"),
             Catch::StartsWith("run,n,model,method,weight_bits,activation_bits,scope,epochs,float_ppl,"
                               "float_ppl_std,float_ppl_n,float_ppl_low,float_ppl_high,") &&
                 Catch::Contains("\nlr0.1_seed*,3,lstm,none,32,32,,2,101.00,1.00,3,98.52,103.48,,,0,,,") &&
                 Catch::Contains("\nlr0.2_seed*,2,lstm,none,32,32,,2,50.00,,1,,,"));
  CHECK_THAT(read_file(directory / "summary.csv"), Catch::Contains("\nlr0.1_seed10,lstm"));
}

TEST_CASE("summarize_puts_children_together_whose_parents_are_together") {
  const TemporaryDirectory directory;
  for (const int seed : {1, 2}) {
    RunRecord parent = text_run(str("f", seed), "");
    parent.config_text += str("[run]\noutput = runs/x\nseed = ", seed, "\n");
    add(directory / parent.name, parent);
    RunRecord child = text_run(str("c", seed), "[quant]\nmethod = lsq\n");
    child.config_text += str("[run]\nseed = ", seed, "\n[model]\nstart_from = runs/x/f", seed, "\n");
    add(directory / child.name, child);
    child.name = str("d", seed);  // of another study's float run
    child.config_text += "[train]\nteacher = elsewhere/f" + std::to_string(seed + 5) + "\n";
    add(directory / child.name, child);
  }
  std::ostringstream out;
  summarize(directory.path(), out, {.group = {"run.seed"}});
  CHECK_THAT(read_file(directory / "summary_groups.csv"),
             Catch::Contains("\nc*,2,") && Catch::Contains(",runs/x/f*") && Catch::Contains("\nf*,2,") &&
                 Catch::Contains("\nd1,1,") && Catch::Contains("\nd2,1,"));
}

TEST_CASE("summarize_sorts_by_a_column_the_best_figures_first_and_prints_other_forms") {
  const TemporaryDirectory directory;
  int seed = 0;
  for (const double ppl : {90.5, 80.25, 100.0}) {
    RunRecord run = text_run(str("run", ++seed), "");
    run.seed = static_cast<std::uint64_t>(10 * seed);
    run.set_figures(Arithmetic::floating, {ppl});
    add(directory / run.name, run);
  }
  const auto printed = [&](const SummaryOptions& options) {
    std::ostringstream out;
    summarize(directory.path(), out, options);
    return out.str();
  };
  const std::string by_figure = printed({.sort = "float_ppl"});
  CHECK(by_figure.find("run2") < by_figure.find("run1"));
  CHECK(by_figure.find("run1") < by_figure.find("run3"));
  CHECK_THAT(read_file(directory / "summary.csv"), Catch::Contains("\nrun2,lstm"));
  const auto json = nlohmann::json::parse(printed({.sort = "seed", .form = SummaryForm::json}));
  CHECK(json["tables"]["text"].size() == 3);
  CHECK(json["tables"]["text"][1]["float_ppl"] == 80.25);
  CHECK(json["tables"]["text"][2]["seed"] == 30);
  CHECK(json["tables"]["text"][2]["integer_ppl"].is_null());
  CHECK(json["skipped"].empty());
  CHECK_THAT(printed({.form = SummaryForm::markdown}), Catch::StartsWith("| run | model |"));
  CHECK_THAT(printed({.form = SummaryForm::latex}), Catch::StartsWith("\\begin{tabular}{l"));
  std::filesystem::remove(directory / "summary.csv");
  CHECK_THROWS_WITH(printed({.sort = "float_pl"}),
                    "summarize: --sort is 'float_pl', which is no column; did you mean 'float_ppl'?");
  CHECK_FALSE(std::filesystem::exists(directory / "summary.csv"));
}

TEST_CASE("summarize_names_unreadable_files_and_goes_on") {
  const TemporaryDirectory directory;
  add_run(directory / "good", "good", 1);
  std::filesystem::create_directories(directory / "bad");
  const std::string bad = directory / "bad/run.h5";
  write_file(bad, "hello");
  std::ostringstream out;
  const Summary summary = summarize(directory.path(), out);
  CHECK(summary.runs == 1);
  REQUIRE(summary.skipped.size() == 1);
  CHECK(summary.skipped[0] == bad + ": found a text that begins with 'hello', expected a nibble run 1");
  CHECK_THAT(out.str(), Catch::EndsWith("skipped: " + summary.skipped[0] + "\n"));
}

TEST_CASE("summarize_refuses_a_directory_without_readable_runs_and_writes_nothing") {
  const TemporaryDirectory directory;
  std::ostringstream out;
  const std::string path = directory.path();
  CHECK(error_of([&] { summarize(path, out); }) ==
        path + ": found no run.h5 in it or below, expected the results of at least one run");
  CHECK_THAT(error_of([&] { summarize(directory / "none", out); }),
             Catch::EndsWith("none: cannot be listed: No such file or directory"));
  write_file(directory / "run.h5", "");
  CHECK_THAT(error_of([&] { summarize(path, out); }), Catch::Contains("none of 1 run.h5 can be read"));
  CHECK_FALSE(std::filesystem::exists(directory / "summary.csv"));
}

}  // namespace nibble::summarize_test
