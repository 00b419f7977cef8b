// What docs/guide.md, run-file.md and cluster.md say of files and of commands is true.

#include <catch2/catch.hpp>

#include "core/files/hdf5_file.h"
#include "datasets/pictures/pack.h"
#include "datasets/pictures/png_picture.h"
#include "experiments/config/config.h"
#include "experiments/launch/child_process.h"
#include "experiments/launch/sweep.h"
#include "experiments/results/merge_runs.h"
#include "experiments/results/results_file.h"
#include "layers/models/models.h"
#include "tests/support/sample_record.h"
#include "tests/support/temporary_directory.h"

namespace nibble::guide_test {

namespace fs = std::filesystem;

namespace {

std::string page(const std::string& name) {
  return read_file(fs::path(NIBBLE_SOURCE_DIR "/results").parent_path() / "docs" / name);
}
std::string guide() { return page("guide.md"); }

// The contents of all blocks of a language: ```python ... ```
std::vector<std::string> blocks(const std::string& language, const std::string& text = guide()) {
  const std::string begin = "\n```" + language + "\n";
  std::vector<std::string> found;
  for (std::size_t at = 0; (at = text.find(begin, at)) != std::string::npos;) {
    at += begin.size();
    found.push_back(text.substr(at, text.find("\n```", at) + 1 - at));
  }
  return found;
}

CapturedChild python(const fs::path& directory, const std::string& program) {
  write_file(directory / "program.py", program);
  return run_captured(
      {"/bin/sh", "-c", "cd '" + directory.string() + "' && exec /usr/bin/python3 program.py 2>&1"});
}

// A run as the guide's programs open it.
void write_run_of_guide(const fs::path& directory) {
  fs::create_directories(directory / "runs/first_w4a4");
  write_run((directory / "runs/first_w4a4/run.h5").string(), sample_record());
}

// Ten equal pictures of 33 x 20 pixels.
void pack_pictures_of_guide(const fs::path& directory) {
  const fs::path folder = directory / "data/pets";
  for (const char* split : {"train", "test"}) {
    fs::create_directories(folder / split / "cat");
    for (int i = 0; i < 10; ++i)
      write_file(folder / split / "cat" / str(i, ".png"), encode_png(Array<std::uint8_t>({20, 33, 3})));
  }
  DatasetOptions options;
  options.kind = "folder";
  options.path = folder.string();
  pack(list_pictures(options), (directory / "data/pets.h5").string(), {}, [](long, long) { return true; });
}

// Two runs of other lengths, merged.
void write_study_of_guide(const fs::path& directory) {
  RunRecord run = sample_record();
  for (const char* name : {"a", "b"}) {
    run.name = name;
    fs::create_directories(directory / "runs/study" / name);
    write_run((directory / "runs/study" / name / "run.h5").string(), run);
    run.epochs.epoch.pop_back(), run.epochs.train_loss.pop_back(), run.epochs.seconds.pop_back();
    run.epochs.watched_loss.pop_back();
    run.epochs.train_metrics[0].pop_back(), run.epochs.watched_metrics[0].pop_back();
  }
  merge_runs((directory / "runs/study").string(), (directory / "runs/study/study.h5").string());
}

}  // namespace

TEST_CASE("guide_reads_run_h5_study_h5_and_packed_pictures_with_h5py_and_pandas") {
  const TemporaryDirectory directory;
  write_run_of_guide(directory.path());
  write_study_of_guide(directory.path());
  pack_pictures_of_guide(directory.path());
  std::vector<std::string> programs = blocks("python");
  REQUIRE(programs.size() == 1);
  for (const std::string& program : blocks("python", page("run-file.md"))) programs.push_back(program);
  REQUIRE(programs.size() == 5);
  struct Case {
    const char *packages, *debian, *shows;
  };
  const Case cases[] = {{"h5py, PIL.Image", "python3-pil", "(33, 20) b'cat'"},
                        {"h5py", "python3-h5py", "91.5"},
                        {"h5py, pandas", "python3-pandas", "train_top1"},
                        {"h5py, pandas", "python3-pandas", "91.73"},
                        {"h5py, pandas", "python3-pandas", "3  0.333333       NaN"}};
  for (std::size_t i = 0; i < programs.size(); ++i) {
    if (python(directory.path(), std::string("import ") + cases[i].packages).result.exit_code != 0) {
      WARN("skipped: the guide's Python needs Debian's package " << cases[i].debian << " (and python3-h5py)");
      continue;
    }
    INFO(programs[i]);
    const CapturedChild child = python(directory.path(), programs[i]);
    CHECK(child.result.exit_code == 0);
    CHECK_THAT(child.output, Catch::Contains(cases[i].shows));
    CHECK(std::count(programs[i].begin(), programs[i].end(), '\n') == 3);
  }
}

TEST_CASE("guide_lists_what_is_in_run_h5") {
  const TemporaryDirectory directory;
  write_run_of_guide(directory.path());
  const Hdf5File file = Hdf5File::open((directory / "runs/first_w4a4/run.h5").string());
  const std::string text = page("run-file.md");
  for (const std::string& group : file.children("/")) {
    INFO(group);
    CHECK_THAT(text, Catch::Contains("/" + group));
  }
  for (const char* group : {"/steps", "/epochs", "/confusion"}) {
    for (const std::string& name : file.children(group)) {
      INFO(group << "/" << name);
      CHECK((text.find("`" + name + "`") != std::string::npos ||
             text.find(std::string(group) + "/" + name + "`") != std::string::npos));
    }
  }
  for (const char* name : {"scale", "shift", "codes", "histogram", "histogram_by_epoch"})
    CHECK(file.exists(std::string("/quantizers/layer1/0/") + name));
}

TEST_CASE("guide_s_configs_can_be_read_and_its_commands_name_verbs_and_keys_that_exist") {
  const TemporaryDirectory directory;
  const std::vector<std::string> configs = blocks("ini");
  REQUIRE(configs.size() == 7);
  write_file(directory / "first.ini", configs[0]);
  write_file(directory / "first_w4a4.ini", configs[1]);
  CHECK(read_config((directory / "first_w4a4.ini").string()).train.epochs == 2);
  write_file(directory / "pets.ini", configs[2]);
  CHECK(read_config((directory / "pets.ini").string()).dataset.kind == "folder");
  const std::string cfg = (directory / "own.cfg").string();
  write_file(cfg, configs[3]);
  ModelOptions own;
  own.kind = "darknet";
  own.cfg = cfg;
  CHECK(build_model(own, {32, 32, 3}, 10, Rng(1)).output_shape() == Shape{10});
  write_file(directory / "yolo.ini", configs[4]);
  CHECK(read_config((directory / "yolo.ini").string(), {{"model.cfg", cfg, "test"}}).dataset.kind == "coco");

  write_file(directory / "study.ini", configs[5]);
  CHECK(load_sweep((directory / "study.ini").string(), {}).runs.size() == 6);
  const std::vector<std::string> cluster = blocks("ini", page("cluster.md"));
  REQUIRE(cluster.size() == 1);
  write_file(directory / "bits.ini", cluster[0] + configs[6]);
  const Sweep bits = load_sweep((directory / "bits.ini").string(), {});
  CHECK(bits.runs.size() == 12);
  CHECK(bits.runs.back().config.start_from == "runs/bits/float_3");
  CHECK(bits.clusters.at("low").cpus == 8);

  ExperimentConfig config;
  Options options;
  describe(options, config);
  std::istringstream words(guide());
  int found = 0;
  for (std::string word; words >> word;) {
    const std::string key = word.substr(word.starts_with("--") ? 2 : word.size());
    if (key.find('.') == std::string::npos) continue;
    INFO(word);
    CHECK(options.find(key.substr(0, key.find('='))) != nullptr);
    ++found;
  }
  CHECK(found >= 10);
}

}  // namespace nibble::guide_test
