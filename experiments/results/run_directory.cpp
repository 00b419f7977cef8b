#include "experiments/results/run_directory.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/check.h"
#include "core/files/atomic_file.h"
#include "experiments/process/exit_codes.h"
#include "experiments/results/config_text.h"
#include "experiments/results/results_file.h"

namespace nibble {
namespace {

namespace fs = std::filesystem;

std::string line_of(const std::string& path, int number) {
  std::ifstream file(path);
  std::string line;
  for (int i = 0; i < number; ++i) std::getline(file, line);
  return file ? line : "";
}

void make_directories(const std::string& path) {
  std::error_code reason;
  fs::create_directories(path, reason);
  check(!reason, path, ": cannot be made: ", reason.message());
}

}  // namespace

const char* name(RunState state) {
  static constexpr const char* names[] = {"not started", "failed", "interrupted", "finished"};
  static_assert(std::size(names) == static_cast<std::size_t>(RunState::finished) + 1);
  return names[static_cast<std::size_t>(state)];
}

const char* name(RunKind kind) { return kind == RunKind::training ? "training" : "calibration"; }

RunClaim::RunClaim(const std::string& directory) : directory_(directory) {
  make_directories(directory);
  auto taken = FileLock::take(RunDirectory(directory).lock());
  if (const auto* holder = std::get_if<LockHolder>(&taken))
    throw BusyError(str(directory, ": is in the hands of ", describe(*holder),
                        "; expected a run on which no other process works"));
  lock_.emplace(std::get<FileLock>(std::move(taken)));
}

RunClaim::~RunClaim() {
  lock_.reset();
  std::error_code not_empty;
  fs::remove(directory_, not_empty);
}

RunState RunDirectory::state() const {
  if (fs::exists(done())) return RunState::finished;
  if (fs::exists(failed())) return RunState::failed;
  return has_checkpoint() ? RunState::interrupted : RunState::absent;
}

bool RunDirectory::has_checkpoint() const { return fs::exists(checkpoint()); }

std::string RunDirectory::final_figure() const { return line_of(done(), 1); }

RunKind RunDirectory::finished_kind() const {
  return line_of(done(), 2) == name(RunKind::calibration) ? RunKind::calibration : RunKind::training;
}

std::string RunDirectory::differences(const ExperimentConfig& config) const {
  if (!finished() && !has_checkpoint()) return "";
  // Where config.ini is gone, the record knows the config too; where that is gone, a checkpoint does, which
  // is asked before it is used. A finished run of which nothing tells the config is nobody's.
  std::string there;
  if (fs::exists(this->config())) {
    there = read_text(this->config());
  } else if (fs::exists(record())) {
    there = read_run(record()).config_text;
  } else {
    return finished() ? "neither config.ini nor run.h5 is there to tell its config" : "";
  }
  return config_differences(complete_config(there), print_config(config));
}

void RunDirectory::admit(const ExperimentConfig& config, bool force) const {
  const std::string differing = force ? "" : differences(config);
  if (differing.empty()) return;
  usage_error(path_, " holds ", finished() ? "a finished" : "an interrupted",
              " run of another config: ", differing,
              "; choose another run.name (with --model.start_from=", path_,
              " it goes on from these weights), or --force to replace the run");
}

void RunDirectory::prepare(const ExperimentConfig& config, bool force) const {
  if (force) {
    for (const std::string& file :
         {done(), failed(), record(), log(), checkpoint(), first_checkpoint(), this->config()})
      fs::remove(file);
  }
  fs::remove(failed());
  for (const std::string& directory : {path_, fs::path(checkpoint()).parent_path().string()})
    remove_leftovers(directory);
  make_directories(fs::path(checkpoint()).parent_path());
  write_text_atomically(this->config(), print_config(config));
}

void RunDirectory::mark_done(const std::string& figure, RunKind kind) const {
  write_text_atomically(done(), str(figure, "\n", name(kind), "\n"));
}

void RunDirectory::mark_failed(const std::string& sentence) const {
  if (finished()) return;
  write_text_atomically(failed(), sentence + "\n");
}

void RunDirectory::append_log(const std::string& line) const {
  std::ofstream file(log(), std::ios::app);
  file << line << "\n";
  file.flush();
  check(file.good(), log(), ": cannot be written");
}

RunDirectory run_directory(const ExperimentConfig& config) {
  return RunDirectory(config.run.output + "/" + config.run.name);
}

}  // namespace nibble
