#include "experiments/results/results_file.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <iostream>

#include "core/check.h"
#include "core/random.h"
#include "tests/support/damage.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/sample_record.h"
#include "tests/support/temporary_directory.h"

namespace nibble::results_file_test {
namespace {

struct Output {
  int status = 0;
  std::string text;
};

Output run_command(const std::string& command) {
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  Output output;
  char buffer[4096];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe))
    output.text.append(buffer, count);
  output.status = pclose(pipe);
  return output;
}

// Says so where another program is not installed.
bool present(const std::string& probe, const std::string& what) {
  const bool found = run_command(probe).status == 0;
  if (!found) std::cout << "skipped: " << what << " is not installed\n";
  return found;
}

}  // namespace

TEST_CASE("run_files_keep_the_whole_record") {
  const TemporaryDirectory directory;
  const std::string path = directory / "run.h5";
  const RunRecord run = sample_record();
  write_run(path, run);
  CHECK(same_record(read_run(path), run));
}

TEST_CASE("run_files_keep_the_worst_pictures_of_detectors") {
  const TemporaryDirectory directory;
  const std::string path = directory / "run.h5";
  RunRecord run = sample_record();
  run.worst.clear();
  run.worst_boxes = {{17, "a.jpg", 7, 3, 2}, {4, "b.jpg", 0, 0, 1}};
  write_run(path, run);
  CHECK(same_record(read_run(path), run));
}

TEST_CASE("run_files_keep_an_empty_record") {
  const TemporaryDirectory directory;
  const std::string path = directory / "run.h5";
  write_run(path, RunRecord{});
  CHECK(same_record(read_run(path), RunRecord{}));
}

TEST_CASE("run_files_keep_the_figures_of_language_models") {
  const TemporaryDirectory directory;
  const std::string path = directory / "run.h5";
  RunRecord run;
  run.task = text_outline();
  run.steps.step = {1, 2};
  run.steps.samples_per_second = {1e4, 2e4};
  run.epochs.epoch = {1};
  run.epochs.watched_loss = {4.75};
  run.set_figures(Arithmetic::floating, {89.8});
  run.set_figures(Arithmetic::integer, {92.3});
  write_run(path, run);
  CHECK(same_record(read_run(path), run));
  {
    const Hdf5File file = Hdf5File::open(path);
    CHECK(file.attribute<double>("/perplexity", "integer_ppl") == 92.3);
    CHECK(std::isnan(file.attribute<double>("/perplexity", "quantized_ppl")));
    CHECK(file.children("/steps") == std::vector<std::string>{"step", "tokens_per_second"});
    CHECK(file.children("/epochs") == std::vector<std::string>{"epoch", "valid_loss"});
  }
  write_run(path, sample_record());
  CHECK_FALSE(Hdf5File::open(path).exists("/perplexity"));
}

TEST_CASE("run_files_keep_precision_of_classes_and_its_curves") {
  const TemporaryDirectory directory;
  const std::string path = directory / "run.h5";
  RunRecord run = sample_record();
  ClassCurves& curves = run.curves[static_cast<std::size_t>(Arithmetic::integer)];
  curves.categories = {2, 90};
  curves.names = {"block", "bar"};
  curves.objects = {5, 0};
  curves.average_precision = curves.at_half = {41.5, kNotMeasured};
  curves.voc_eleven_points = curves.voc_every_point = {40, kNotMeasured};
  curves.precision = Array<double>({2, 101});
  curves.precision.fill(12.5);
  write_run(path, run);
  CHECK(same_record(read_run(path), run));
  const Hdf5File file = Hdf5File::open(path);
  CHECK(file.children("/classes") == std::vector<std::string>{"integer"});
  CHECK(file.children("/classes/integer") == std::vector<std::string>{"ap", "ap50", "category", "name",
                                                                      "objects", "precision", "recall",
                                                                      "voc07_ap", "voc_ap"});
  CHECK(file.read_vector<double>("/classes/integer/recall").back() == 100);
  CHECK_FALSE(same_record(read_run(path), sample_record()));
}

TEST_CASE("run_files_keep_a_list_of_metrics_and_their_order") {
  const TemporaryDirectory directory;
  const std::string path = directory / "run.h5";
  RunRecord run = sample_record();
  run.task = {"detection",
              "images",
              "valid",
              {{"map", "mAP", "percent", Better::up, "precision"},
               {"map50", "mAP at 0.5", "percent", Better::up, "precision"},
               {"boxes", "boxes an image", "1", Better::down, "boxes"}},
              {"activation", "scope"}};
  run.epochs.train_metrics = {{}, {}, {7, 6, 5}};
  run.epochs.watched_metrics = {{1, 2, 3}, {4, 5, 6}, {}};
  run.set_figures(Arithmetic::floating, {37.5, 61.25, 8});
  run.set_figures(Arithmetic::quantized, {36.5, kNotMeasured, 9});
  write_run(path, run);
  CHECK(same_record(read_run(path), run));
  const Hdf5File file = Hdf5File::open(path);
  CHECK(file.attribute<double>("/precision", "float_map50") == 61.25);
  CHECK(file.attribute<std::string>("/precision", "units") == "percent");
  CHECK(file.attribute<double>("/boxes", "quantized_boxes") == 9);
  CHECK(file.children("/epochs") == std::vector<std::string>{"epoch", "seconds", "train_boxes", "train_loss",
                                                             "valid_loss", "valid_map", "valid_map50"});
}

TEST_CASE("run_files_hold_typed_config_attributes") {
  const TemporaryDirectory directory;
  const std::string path = directory / "run.h5";
  write_run(path, sample_record());
  const Hdf5File file = Hdf5File::open(path);
  CHECK(file.attribute<long>("/config", "train.epochs") == 40);
  CHECK(file.attribute<double>("/config", "train.learning_rate") == 5e-3);
  CHECK(file.attribute<std::string>("/config", "train.schedule") == "cosine");
  CHECK(file.attribute<std::string>("/config", "run.name") == "größe");
  CHECK(file.attribute<std::string>("/config", "quant.override") == "a:weight_bits=8\nb:weight_bits=8");
  CHECK(file.attribute<std::string>("/config", "quant.empty").empty());
  CHECK(file.attribute<std::uint64_t>("/config", "run.seed") == 18446744073709551615U);
}

TEST_CASE("run_files_leave_out_what_was_not_measured") {
  const TemporaryDirectory directory;
  const std::string path = directory / "run.h5";
  write_run(path, sample_record());
  const Hdf5File file = Hdf5File::open(path);
  CHECK(file.children("/steps") ==
        std::vector<std::string>{"images_per_second", "learning_rate", "loss", "step"});
  CHECK(file.children("/quantizers/layer1/0/conv1/weight") ==
        std::vector<std::string>{"codes", "histogram", "scale"});
}

TEST_CASE("run_files_refuse_records_that_contradict_themselves") {
  const TemporaryDirectory directory;
  const std::string path = directory / "run.h5";
  const auto message = [&](const auto& spoil) {
    RunRecord run = sample_record();
    spoil(run);
    return error_of([&] { write_run(path, run); });
  };
  CHECK_THAT(message([](RunRecord& r) { r.steps.loss.pop_back(); }),
             Catch::Contains("'/steps/loss' has 2999 entries"));
  CHECK_THAT(message([](RunRecord& r) {
               r.quantizers["layer1/0"].scale[1] = {1, 2};
             }),
             Catch::Contains("rows of 1 and 2 entries"));
  CHECK_THAT(message([](RunRecord& r) { r.quantizers["layer1/0"].codes_by_epoch[0].lo = 1; }),
             Catch::Contains("another grid"));
  CHECK_THAT(message([](RunRecord& r) { r.class_names.pop_back(); }), Catch::Contains("2 class names"));
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("run_files_name_foreign_and_truncated_content") {
  const TemporaryDirectory directory;
  const std::string path = directory / "run.h5";
  {
    Hdf5File file = Hdf5File::create(path);
    file.write("data", std::vector<int>{1});
    file.close();
  }
  CHECK_THAT(error_of([&] { read_run(path); }),
             Catch::StartsWith(path) && Catch::Contains("without schema_version"));
  write_run(path, sample_record());
  const std::string bytes = read_file(path);
  for (const std::size_t length : truncations(bytes.size(), 100)) {
    write_file(path, bytes.substr(0, length));
    CAPTURE(length);
    CHECK_THAT(error_of([&] { read_run(path); }), Catch::StartsWith(path + ": found "));
  }
}

TEST_CASE("every_damaged_byte_of_a_run_file_is_found") {
  const TemporaryDirectory directory;
  const std::string path = directory / "run.h5";
  write_run(path, sample_record());
  const std::string bytes = read_file(path);
  for (const std::size_t at : truncations(bytes.size(), 200)) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write_file(path, damaged);
    CAPTURE(at);
    CHECK_THAT(error_of([&] { read_run(path); }), Catch::StartsWith(path + ": found "));
  }
}

// Files of before there were seals: one flipped byte, and a page of zeros. The byte has HDF5 read memory that
// it has not set: mostly it crashes, now and then it finds a fault.
TEST_CASE("old_run_files_that_crash_or_hang_their_reader_are_named") {
  const std::string fixtures = NIBBLE_SOURCE_DIR "/tests/fixtures";
  CHECK_THAT(error_of([&] { read_run(fixtures + "/run_one_byte_segv.h5"); }),
             Catch::Contains("which crashes its reader") || Catch::Contains("cannot read '/steps/loss'"));
  CHECK_THAT(error_of([&] { read_run(fixtures + "/run_zeroed_hang.h5"); }),
             Catch::Contains("run_zeroed_hang.h5: found "));
}

TEST_CASE("a_pipe_is_no_run_file") {
  const TemporaryDirectory directory;
  const std::string path = directory / "run.h5";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  CHECK_THAT(error_of([&] { read_run(path); }), Catch::Contains("found a device, pipe or socket"));
}

TEST_CASE("a_failed_write_leaves_the_old_run_file") {
  const TemporaryDirectory directory;
  const std::string path = directory / "run.h5";
  write_run(path, sample_record());
  const std::string before = read_file(path);
  RunRecord larger = sample_record();
  larger.confusion = Array<long>({1000, 1000});
  Rng rng(1);  // hard to compress
  for (long& count : larger.confusion) count = static_cast<long>(rng.below(1 << 30));
  larger.class_names.clear();
  {
    const FileSizeLimit full(500'000);
    CHECK_THAT(error_of([&] { write_run(path, larger); }), Catch::StartsWith(path));
  }
  CHECK((read_file(path) == before));  // not printed: binary
  const std::filesystem::directory_iterator all(directory.path());
  CHECK(std::distance(begin(all), end(all)) == 1);
}

TEST_CASE("run_files_open_in_h5dump") {
  if (!present("h5dump --version", "h5dump")) return;
  const TemporaryDirectory directory;
  const std::string path = directory / "run.h5";
  write_run(path, sample_record());
  const Output all = run_command("h5dump " + path);
  CHECK(all.status == 0);
  CHECK_THAT(all.text, Catch::Contains("GROUP \"quantizers\"") && Catch::Contains("DATASET \"train_top1\""));
  CHECK_THAT(run_command("h5dump -a /git_revision " + path).text,
             Catch::Contains("0123456789abcdef0123456789abcdef01234567"));
}

TEST_CASE("run_files_open_in_h5py_with_dimension_scales_and_units") {
  if (!present("/usr/bin/python3 -c 'import h5py'", "python3-h5py")) return;
  const TemporaryDirectory directory;
  const std::string path = directory / "run.h5", script = directory / "read.py";
  write_run(path, sample_record());
  write_file(script, R"(
import sys, h5py
with h5py.File(sys.argv[1], "r") as f:
    assert f.attrs["schema_version"] == 1
    assert f.attrs["seed"] == 2**64 - 1
    assert f.attrs["hostname"] == "node7" and f.attrs["created_utc"] == "2026-01-31T12:00:00Z"
    assert "schedule = cosine" in f.attrs["config"]
    assert f["config"].attrs["train.epochs"] == 40
    assert f["config"].attrs["run.name"] == "größe"
    loss = f["steps/loss"]
    assert loss.shape == (3000,) and loss[1] == 2.3 / 2 and loss.attrs["units"] == "nat"
    assert loss.dims[0]["step"][2] == 3
    top1 = f["epochs/test_top1"]
    assert top1.attrs["units"] == "percent" and top1.dims[0]["epoch"][:].tolist() == [1, 2, 3]
    assert top1[0] == 91.73 and top1[1] != top1[1]
    assert f["task"].attrs["kind"] == "images" and f["task/metrics/0"].attrs["name"] == "top1"
    q = f["quantizers/layer1/0/conv1/weight"]
    assert q["scale"].shape == (2, 3) and q["scale"][1, 2] == 0.31
    assert q["histogram"].dims[0]["code"][:].tolist() == list(range(-8, 8))
    assert f["quantizers/layer1/0/histogram_by_epoch"][0].tolist() == [4, 3, 2, 1]
    assert f["accuracy"].attrs["float_top1"] == 91.73
    assert f["confusion/counts"][2, 1] == 5
    assert [n.decode() for n in f["confusion/counts"].dims[1]["class"]] == ["airplane", "automobile", "bird"]
    assert f["verification"].attrs["images"] == 10000
print("read")
)");
  const Output output = run_command("/usr/bin/python3 " + script + " " + path);
  CHECK(output.text == "read\n");
  CHECK(output.status == 0);
}

}  // namespace nibble::results_file_test
