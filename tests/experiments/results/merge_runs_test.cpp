#include "experiments/results/merge_runs.h"

#include <catch2/catch.hpp>

#include "core/check.h"
#include "core/files/hdf5_file.h"
#include "experiments/launch/child_process.h"
#include "experiments/process/exit_codes.h"
#include "experiments/results/results_file.h"
#include "tests/support/sample_record.h"
#include "tests/support/temporary_directory.h"

namespace nibble::merge_runs_test {

namespace fs = std::filesystem;

namespace {

void add_run(const fs::path& directory, const std::string& name, std::size_t epochs, double top1) {
  RunRecord run = sample_record();
  run.name = name;
  run.epochs.epoch.resize(epochs), run.epochs.train_loss.resize(epochs), run.epochs.seconds.resize(epochs);
  run.epochs.watched_loss.resize(epochs);
  for (MetricSeries* series : {&run.epochs.train_metrics, &run.epochs.watched_metrics})
    series->front().resize(epochs);
  run.epochs.train_loss.front() = top1 / 100;
  run.set_figures(Arithmetic::quantized, {top1});
  fs::create_directories(directory / name);
  write_run((directory / name / "run.h5").string(), run);
}

// What h5py sees, as lines; nothing where it is not installed.
std::string python(const fs::path& directory, const std::string& program) {
  write_file(directory / "program.py", program);
  const CapturedChild child =
      run_captured({"/bin/sh", "-c", "cd '" + directory.string() + "' && exec /usr/bin/python3 program.py"},
                   Captured::both);
  INFO(child.output);
  CHECK(child.result.exit_code == 0);
  return child.output;
}

bool has_h5py() {
  return run_captured({"/usr/bin/python3", "-c", "import h5py"}, Captured::both).result.exit_code == 0;
}

}  // namespace

TEST_CASE("merged_runs_stand_side_by_side_and_refer_to_their_files") {
  const TemporaryDirectory directory;
  add_run(directory / "runs", "b", 3, 90.125);
  add_run(directory / "runs/deep", "a", 2, 80);
  fs::create_directories(directory / "runs/bad");
  write_file(directory / "runs/bad/run.h5", "hello");
  const std::string study = (directory / "study.h5").string();
  const Merged merged = merge_runs((directory / "runs").string(), study);
  CHECK(merged.runs == 2);
  CHECK(merged.shortest == 2);
  CHECK(merged.longest == 3);
  CHECK(merged.different.empty());
  REQUIRE(merged.skipped.size() == 1);
  CHECK_THAT(merged.skipped[0], Catch::Contains("bad/run.h5"));

  const Hdf5File file = Hdf5File::open(study);
  CHECK(file.attribute<std::string>("/", "kind") == "nibble study");
  CHECK(file.read_vector<std::string>("/run") == std::vector<std::string>{"a", "b"});
  CHECK(file.read_vector<double>("/table/quantized_top1") == std::vector<double>{80, 90.125});
  CHECK(file.read_vector<std::string>("/table/model") == std::vector<std::string>{"resnet20", "resnet20"});
  CHECK(file.read_vector<std::string>("/table/directory") == std::vector<std::string>{"deep/a", "b"});
  CHECK(file.read_vector<long>("/lengths/epochs") == std::vector<long>{2, 3});
  CHECK(file.read_vector<long>("/epoch") == std::vector<long>{1, 2, 3});
  CHECK(file.outline("/epochs/train_loss").extents == std::vector<long>{2, 3});
  CHECK(file.outline("/confusion/counts").extents == std::vector<long>{2, 3, 3});
  CHECK(file.read_vector<std::string>("/skipped") == merged.skipped);
  CHECK_FALSE(file.exists("/quantizers"));
  CHECK(fs::file_size(study) < 200'000);
}

TEST_CASE("merged_runs_are_read_by_h5py_also_after_they_have_moved") {
  if (!has_h5py()) {
    WARN("skipped: reading virtual datasets needs Debian's package python3-h5py");
    return;
  }
  const TemporaryDirectory directory;
  fs::create_directories(directory / "before");
  add_run(directory / "before/runs", "b", 3, 90.125);
  add_run(directory / "before/runs", "a", 2, 80);
  merge_runs((directory / "before/runs").string(), (directory / "before/study.h5").string(),
             {.everything = true});
  fs::rename(directory / "before", directory / "after");
  CHECK(
      python(
          directory.path(),
          "import h5py\nf = h5py.File('after/study.h5')\n"
          "print(f['epochs/train_loss'][:].tolist())\nprint(f['epochs/epoch'][:].tolist())\n"
          "print(f['confusion/counts'][1, 2].tolist())\nprint(f['steps/loss'].shape, f['steps/loss'][0, 1])\n"
          "print([d.keys() for d in f['epochs/train_loss'].dims])\n"
          "print(f['epochs/train_loss'].dims[0][0].asstr()[:].tolist())\n"
          "print(f['quantizers/layer1/0/scale'].shape)\n") ==
      "[[0.8, 0.3333333333333333, nan], [0.90125, 0.3333333333333333, 0.3333333333333333]]\n"
      "[[1, 2, -1], [1, 2, 3]]\n[10, 5, 985]\n(2, 3000) 1.15\n[['run'], ['epoch']]\n['a', 'b']\n(2, 2, 1)\n");
}

TEST_CASE("merge_leaves_out_what_has_other_extents_and_refuses_other_tasks") {
  const TemporaryDirectory directory;
  add_run(directory / "runs", "a", 2, 80);
  RunRecord other = sample_record();
  other.confusion = Array<long>({2, 2}, {1, 2, 3, 4});
  other.class_names = {"a", "b"};
  fs::create_directories(directory / "runs/b");
  const std::string record = (directory / "runs/b/run.h5").string();
  write_run(record, other);
  CHECK(merge_runs((directory / "runs").string(), (directory / "s.h5").string()).different ==
        std::vector<std::string>{"/confusion/counts"});
  CHECK_THROWS_AS(merge_runs((directory / "runs").string(), record), UsageError);
  other.task = text_outline();
  write_run(record, other);
  CHECK_THROWS_WITH(merge_runs((directory / "runs").string(), (directory / "s.h5").string()),
                    Catch::StartsWith("merge: found runs of images and of text in "));
}

}  // namespace nibble::merge_runs_test
