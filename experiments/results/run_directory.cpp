#include "experiments/results/run_directory.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "core/check.h"
#include "core/files/atomic_file.h"
#include "experiments/exit_codes.h"

namespace nibble {
namespace {

namespace fs = std::filesystem;

// What cannot change a result, and so may differ between the parts of an interrupted run.
bool is_free(const std::string& key) {
  return key == "run.threads" || key == "run.output" || key == "train.checkpoint_every" ||
         key == "train.checkpoint_minutes" || key == "train.prefetch_threads" || key == "dataset.path" ||
         key == "dataset.verify";
}

// "section.key" → value, of a resolved config.
std::map<std::string, std::string> settings(const std::string& text) {
  std::map<std::string, std::string> found;
  std::istringstream lines(text);
  std::string line, section;
  while (std::getline(lines, line)) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '[') {
      section = line.substr(1, line.find(']') - 1);
      continue;
    }
    const auto equals = line.find(" = ");
    if (equals == std::string::npos) continue;
    std::string& value = found[section + "." + line.substr(0, equals)];
    value += (value.empty() ? "" : ", ") + line.substr(equals + 3);  // repeatable keys
  }
  return found;
}

// "train.epochs (40 there, 20 here)", for at most three keys.
std::string differences(const std::string& there, const std::string& here) {
  std::map<std::string, std::string> a = settings(there);
  const std::map<std::string, std::string> b = settings(here);
  for (const auto& entry : b) a.try_emplace(entry.first);
  std::string text;
  int count = 0;
  for (const auto& [key, value] : a) {
    const auto found = b.find(key);
    const std::string other = found == b.end() ? "" : found->second;
    if (is_free(key) || value == other) continue;
    if (++count <= 3) text += str(text.empty() ? "" : ", ", key, " (", value, " there, ", other, " here)");
  }
  return count > 3 ? str(text, " and ", count - 3, " more") : text;
}

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
    const std::string differing = differences(read_text(this->config()), resolved);
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
