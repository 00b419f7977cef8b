#pragma once

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/files/file_lock.h"
#include "core/random.h"
#include "experiments/results/results_file.h"
#include "experiments/training/checkpoint.h"
#include "tests/datasets/fetch/local_server.h"
#include "tests/support/coco_folder.h"
#include "tests/support/program.h"
#include "tests/support/shared_data.h"

namespace nibble {

// What the campaigns do again and again: commands whose results are known from a run that nothing disturbed.

/// A number from the environment, such as NIBBLE_KILLS=500; otherwise a value that takes about a minute.
inline long setting(const char* name, long otherwise) {
  const char* const text = std::getenv(name);
  return text ? std::atol(text) : otherwise;
}

/// Of the random choices; printed, so that a failure can be repeated with NIBBLE_SEED.
inline std::uint64_t campaign_seed() {
  static const auto seed = static_cast<std::uint64_t>(
      setting("NIBBLE_SEED", std::chrono::system_clock::now().time_since_epoch().count() % 1'000'000));
  return seed;
}

/// One command, and what it leaves as a text that is equal where all results are.
struct Job {
  std::string name;
  std::string command;
  bool trains = false;              // takes --run.threads
  std::vector<std::string> leaves;  // runs and packages, by their directories
  std::string setup = {};           // what has to be there before, undisturbed
};

/// The address that has the files of the Penn Treebank; empty where they are not there.
inline std::string ptb_mirror() {
  static const auto server = []() -> std::unique_ptr<LocalServer> {
    const auto train = shared_data("ptb/ptb.train.txt");
    if (!train) return nullptr;
    LocalServer::Files files;
    for (const char* name : {"ptb.train.txt", "ptb.valid.txt", "ptb.test.txt"})
      files[name] = read_file(train->parent_path() / name);
    return std::make_unique<LocalServer>(files);
  }();
  return server ? server->address() : "";
}

/// The sweep is the last.
inline std::vector<Job> jobs() {
  const char* const kTrained =
      "train image.ini --run.name=w --train.epochs=1 --quant.method=learned_scale_shift";
  std::vector<Job> jobs{
      {"float training", "train image.ini --run.name=float", true, {"runs/float"}},
      {"4-bit training",
       "train image.ini --run.name=w4a4 --train.accumulate=3 --quant.method=learned_scale_shift",
       true,
       {"runs/w4a4"}},
      {"text", "train text.ini", true, {"runs/text"}},
      {"detection", "train boxes.ini --train.mosaic=0.5", true, {"runs/boxes"}},
      {"calibration",
       "calibrate image.ini --run.name=c --quant.method=learned_scale_shift",
       true,
       {"runs/c"}},
      {"export", "export runs/w --out c --name net", false, {"c"}, kTrained},
      {"verification", "verify runs/w --images 20 --c-images 5", false, {"runs/w"}, kTrained},
  };
  if (const std::string mirror = ptb_mirror(); !mirror.empty())
    jobs.push_back({"data", "data fetch ptb --to ptb --mirror " + mirror, false, {"ptb"}});
  jobs.push_back({"sweep", "sweep sweep.ini", true, {"runs/image-1", "runs/image-2"}});
  return jobs;
}

/// A directory with the configs of all jobs.
inline void write_configs(const TemporaryDirectory& directory) {
  write_file(directory / "image.ini",
             "[dataset]\nkind = procedural\nimage_size = 12\ntrain_samples = 192\ntest_samples = 64\n"
             "[model]\nkind = resnet8\n[train]\nepochs = 2\nbatch = 16\nlearning_rate = 0.02\n"
             "checkpoint_minutes = 0.0001\nweight_average = 0.9\n");
  write_file(
      directory / "text.ini",
      "[dataset]\nkind = procedural_text\ntrain_samples = 4000\ntest_samples = 500\n"
      "[model]\nkind = lstm\nwidth = 16\n[quant]\nmethod = learned_scale_shift\n"
      "[train]\nepochs = 2\nbatch = 10\nunroll = 10\nlearning_rate = 1\ncheckpoint_minutes = 0.0001\n");
  write_coco_folder(directory.path());
  write_file(directory / "net.cfg", kSmallDetector);
  write_file(directory / "boxes.ini",
             "[dataset]\nkind = coco\npath = .\ntrain_annotations = train.json\ntrain_pictures = train\n"
             "test_annotations = test.json\ntest_pictures = test\nimage_size = 32\n"
             "[model]\nkind = darknet\ncfg = net.cfg\n[quant]\nmethod = lsq\n"
             "[train]\nepochs = 20\nbatch = 2\nlearning_rate = 0.001\ncheckpoint_minutes = 0.0001\n");
  write_file(directory / "sweep.ini", "[sweep]\nconfig = image.ini\ngrid = run.seed: 1, 2\n");
}

/// The process that works on a run, within a minute; 0: none. One that has just taken the lock is not named
/// yet.
inline pid_t holder_of(const std::filesystem::path& run) {
  for (int i = 0; i < 6000; ++i) {
    if (const auto holder = FileLock::holder((run / "lock").string()); holder && holder->process > 0)
      return static_cast<pid_t>(holder->process);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return 0;
}

/// Everything that has to be the same about a run, whatever happened on the way.
inline std::string results_of(const std::string& run) {
  const Checkpoint checkpoint = load(run + "/checkpoint/last.h5");
  const RunRecord record = read_run(run + "/run.h5");
  std::string text = read_file(run + "/DONE");
  const auto add = [&](const auto& values) {
    text.append(reinterpret_cast<const char*>(values.data()),
                static_cast<std::size_t>(values.size()) * sizeof *values.data());
  };
  for (const auto* tensors : {&checkpoint.parameters, &checkpoint.optimizer, &checkpoint.average})
    for (const auto& [name, values] : *tensors) text += name, add(values);
  add(record.steps.loss);
  add(record.epochs.train_loss);
  add(record.epochs.watched_loss);
  for (const Arithmetic arithmetic : kArithmetics) text += str(record.figure(arithmetic), " ");
  return text;
}

/// Names and contents of all files of a directory but the lock of who fills it.
inline std::string files_of(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (entry.is_regular_file() && entry.path().filename() != "lock")
      files[entry.path().lexically_relative(directory)] = read_file(entry.path());
  std::string text;
  for (const auto& [name, content] : files) text += name + "\n" + content;
  return text;
}

/// A directory with the configs, in which what a job needs has been done.
inline void prepare(const TemporaryDirectory& directory, const Job& job) {
  write_configs(directory);
  if (!job.setup.empty()) REQUIRE(run_program(directory, job.setup).exit_code == 0);
}

inline std::string results_of(const TemporaryDirectory& directory, const Job& job) {
  std::string text;
  for (const std::string& place : job.leaves) {
    const std::string path = (directory / place).string();
    text += std::filesystem::exists(path + "/run.h5") ? results_of(path) : files_of(path);
  }
  return text;
}

}  // namespace nibble
