#include "experiments/launch/manifest.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/files/atomic_file.h"
#include "experiments/results/config_text.h"
#include "experiments/results/run_directory.h"

namespace nibble {
namespace {

constexpr const char* kFirstLine = "# nibble manifest 1";

SweepRun run_of_line(const std::string& line, const std::string& origin,
                     const std::filesystem::path& directory, std::size_t number,
                     const std::vector<Setting>& overrides) {
  std::istringstream words(line);
  std::string name, stage, config;
  std::size_t parent = 0;
  if (!(words >> name >> stage >> parent >> config) || parent > number)
    usage_error(origin, ": found '", line, "', expected NAME STAGE PARENT CONFIG with a parent above");
  SweepRun run;
  run.name = name;
  run.stage = stage == "-" ? "" : stage;
  if (parent > 0) run.parent = parent - 1;
  run.base = (directory / config).string();
  run.settings = overrides;
  run.config = read_config(run.base, overrides);
  if (run.config.run.name != name)
    usage_error(origin, ": ", run.base, " has run.name '", run.config.run.name, "', expected '", name, "'");
  run.directory = run_directory(run.config).path();
  return run;
}

}  // namespace

std::string write_manifest(const Sweep& sweep, const std::string& directory) {
  std::filesystem::create_directories(directory + "/configs");
  std::string text = std::string(kFirstLine) + "\n";
  for (const SweepRun& run : sweep.runs) {
    const std::string config = "configs/" + run.name + ".ini";
    check(run.name.find_first_of(" \t") == std::string::npos, "sweep: run '", run.name,
          "' has a blank in its name, expected none in a manifest");
    write_text_atomically(directory + "/" + config, print_config(run.config));
    text += str(run.name, " ", run.stage.empty() ? "-" : run.stage, " ", run.parent ? *run.parent + 1 : 0,
                " ", config, "\n");
  }
  const std::string path = directory + "/manifest.txt";
  write_text_atomically(path, text);
  return path;
}

bool is_manifest(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) return false;
  std::ifstream file(path);
  std::string line;
  return std::getline(file, line) && line == kFirstLine;
}

std::vector<std::string> manifest_names(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  if (line != kFirstLine)
    usage_error(path, ": found no manifest of a sweep, expected the first line '", kFirstLine, "'");
  std::vector<std::string> names;
  while (std::getline(file, line)) names.push_back(line.substr(0, line.find(' ')));
  return names;
}

Sweep read_manifest(const std::string& path, const std::vector<Setting>& overrides) {
  for (const Setting& setting : overrides)
    if (changes_results(setting.key))
      usage_error("sweep: found --", setting.key,
                  " with a manifest, expected only what cannot change a result, such ", "as --run.threads");
  Sweep sweep;
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  for (int number = 2; std::getline(file, line); ++number)
    sweep.runs.push_back(run_of_line(line, str(path, ":", number), std::filesystem::path(path).parent_path(),
                                     sweep.runs.size(), overrides));
  if (sweep.runs.empty()) usage_error(path, ": holds no run, expected some");
  return sweep;
}

}  // namespace nibble
