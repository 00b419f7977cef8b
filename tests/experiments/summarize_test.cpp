#include "experiments/summarize.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "core/check.h"
#include "experiments/results_file.h"
#include "tests/support/damage.h"
#include "tests/support/sample_record.h"
#include "tests/support/temporary_directory.h"

using namespace nibble;

namespace {

const std::string kHeader =
    "run,model,activation,method,weight_bits,activation_bits,seed,epochs,float_top1,quantized_top1,integer_"
    "top1,config,"
    "revision\n";

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
  CHECK(summary.skipped[0] == bad + ": found a text that begins with 'hello', expected an HDF5 file");
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
