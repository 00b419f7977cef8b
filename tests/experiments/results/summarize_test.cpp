#include "experiments/results/summarize.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "core/check.h"
#include "experiments/results/results_file.h"
#include "tests/support/damage.h"
#include "tests/support/sample_record.h"
#include "tests/support/temporary_directory.h"

using namespace nibble;

namespace {

const std::string kHeader =
    "run,model,activation,method,weight_bits,activation_bits,seed,epochs,float_top1,quantized_top1,integer_"
    "top1,config,"
    "revision\n";

const std::string kTextHeader =
    "run,model,method,weight_bits,activation_bits,scope,seed,epochs,float_ppl,quantized_ppl,integer_ppl,"
    "config,revision\n";

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
                    end = ",3,91.73,91.50,,configs/cifar10_resnet20_w4a4.ini,abc\n";
  CHECK(read_file(directory / "summary.csv") ==
        kHeader + "a" + middle + "3" + end + "m" + middle + "1" + end + "z" + middle + "2" + end);
}

TEST_CASE("summarize_shows_perplexities_and_scope_of_language_models") {
  const TemporaryDirectory directory;
  RunRecord with_integers = text_run("all", "[quant]\nscope = all\n");
  with_integers.set_figures(Arithmetic::integer, {1000.5});
  add(directory / "a", with_integers);
  add(directory / "b", text_run("products", "[quant]\nscope = products\n"));
  add(directory / "c", text_run("float", ""));
  std::ostringstream out;
  const Summary summary = summarize(directory.path(), out);
  CHECK(summary.runs == 3);
  CHECK(summary.files == std::vector<std::string>{(directory / "summary.csv").string()});
  CHECK(read_file(directory / "summary.csv") ==
        kTextHeader + "all,lstm,lsq,4,4,all,7,2,89.84,92.25,1000.50,configs/all.ini,abc\n" +
            "float,lstm,none,32,32,,7,2,89.84,,,configs/float.ini,abc\n" +
            "products,lstm,lsq,4,4,products,7,2,89.84,92.25,,configs/products.ini,abc\n");
  CHECK(out.str() ==
        "run       model  method  weight_bits  activation_bits  scope     seed  epochs  float_ppl  "
        "quantized_ppl"
        "  integer_ppl\n"
        "all       lstm   lsq               4                4  all          7       2      89.84          "
        "92.25"
        "      1000.50\n"
        "float     lstm   none             32               32               7       2      89.84            "
        "   "
        "             \n"
        "products  lstm   lsq               4                4  products     7       2      89.84          "
        "92.25"
        "             \n");
}

TEST_CASE("summarize_knows_a_language_model_that_has_no_perplexity_yet") {
  const TemporaryDirectory directory;
  RunRecord run = text_run("started", "");
  run.figures = {};
  add(directory.path(), run);
  std::ostringstream out;
  summarize(directory.path(), out);
  CHECK(read_file(directory / "summary.csv") ==
        kTextHeader + "started,lstm,none,32,32,,7,2,,,,configs/started.ini,abc\n");
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
             Catch::StartsWith(kHeader + "image,") && !Catch::Contains("text"));
  CHECK_THAT(read_file(directory / "summary_text.csv"),
             Catch::StartsWith(kTextHeader + "text,") && !Catch::Contains("image"));
  CHECK_THAT(out.str(),
             Catch::Contains("float_top1") && Catch::Contains("\n\nrun ") && Catch::Contains("float_ppl"));
}

TEST_CASE("summarize_quotes_as_rfc_4180_says") {
  const TemporaryDirectory directory;
  add_run(directory.path(), "one, \"two\"\nthree", 1);
  std::ostringstream out;
  summarize(directory.path(), out);
  CHECK_THAT(read_file(directory / "summary.csv"),
             Catch::StartsWith(kHeader + "\"one, \"\"two\"\"\nthree\",resnet20,"));
}

TEST_CASE("summarize_prints_an_aligned_table") {
  const TemporaryDirectory directory;
  add_run(directory / "a", "short", 1);
  add_run(directory / "b", "a_much_longer_name", 12345);
  std::ostringstream out;
  summarize(directory.path(), out);
  CHECK(out.str() ==
        "run                 model     activation  method               weight_bits  activation_bits   seed  "
        "epochs  "
        "float_top1  quantized_top1  integer_top1\n"
        "a_much_longer_name  resnet20  swish       learned_scale_shift            4                4  12345  "
        "     3  "
        "     91.73           91.50              \n"
        "short               resnet20  swish       learned_scale_shift            4                4      1  "
        "     3  "
        "     91.73           91.50              \n");
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
