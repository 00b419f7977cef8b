#include "experiments/results/run_directory.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/check.h"
#include "core/files/atomic_file.h"
#include "experiments/process/exit_codes.h"
#include "experiments/results/config_text.h"

namespace nibble {
namespace {

namespace fs = std::filesystem;

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  check(file.good(), path, ": cannot be read");
  return text.str();
}

}  // namespace

bool RunDirectory::finished() const { return fs::exists(done()); }
bool RunDirectory::has_checkpoint() const { return fs::exists(checkpoint()); }

void RunDirectory::prepare(const ExperimentConfig& config, bool force) const {
  const std::string resolved = print_config(config);
  if (force) {
    for (const std::string& file : {done(), failed(), record(), log(), checkpoint(), this->config()})
      fs::remove(file);
  } else if (fs::exists(this->config())) {
    const std::string differing = config_differences(read_text(this->config()), resolved);
    if (!differing.empty())
      usage_error(path_, " holds ", finished() ? "a finished" : "an interrupted",
                  " run of another config: ", differing,
                  "; choose another run.name, or --force to replace it");
    if (finished()) usage_error(path_, " holds this run, finished already; --force runs it again");
  }
  fs::remove(failed());
  fs::create_directories(fs::path(checkpoint()).parent_path());
  write_text_atomically(this->config(), resolved);
}

void RunDirectory::mark_done(const std::string& text) const { write_text_atomically(done(), text + "\n"); }

void RunDirectory::mark_failed(const std::string& sentence) const {
  if (finished()) return;
  fs::create_directories(path_);  // the run may have failed before it was prepared
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
