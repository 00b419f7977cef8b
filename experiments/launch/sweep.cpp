#include "experiments/launch/sweep.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <thread>

#include "experiments/config/config.h"
#include "experiments/config/config_file.h"
#include "experiments/launch/child_process.h"
#include "experiments/process/signals.h"
#include "experiments/process/table.h"
#include "experiments/results/run_directory.h"

namespace nibble {

namespace {

// Between looks at runs on which other processes work.
constexpr std::chrono::seconds kLook{1};

constexpr const char* kOtherRun = "another run";  // a state of a directory

struct SweepConfig {
  std::string config;
  std::string name;
  std::vector<SweepAxis> grid;
};

bool parse_axis(const std::string& text, SweepAxis& axis) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return false;
  axis.key = trim(text.substr(0, colon));
  axis.values = split(text.substr(colon + 1), ',');
  return !axis.key.empty() && !axis.values.empty() &&
         std::none_of(axis.values.begin(), axis.values.end(), [](const std::string& v) { return v.empty(); });
}

std::string print_axis(const SweepAxis& axis) { return axis.key + ": " + join(axis.values); }

void describe(Options& options, SweepConfig& sweep) {
  options.add("sweep.config", sweep.config, "Config of every run; relative to the sweep file.");
  options.add("sweep.name", sweep.name,
              "Name of a run, with {key} where a value goes; empty: the base's name and the values.");
  options.add_repeatable<SweepAxis>("sweep.grid", sweep.grid, "KEY: VALUE, VALUE, ...", parse_axis,
                                    print_axis,
                                    "A key and the values that it takes in turn; all combinations run.");
}

/// A value as a part of a directory's name.
std::string as_file_name(std::string text) {
  for (char& c : text)
    if (!std::isalnum(static_cast<unsigned char>(c)) && std::string("._-+").find(c) == std::string::npos)
      c = '_';
  return text;
}

std::string run_name(const std::string& pattern, const std::string& base, const std::vector<Setting>& values,
                     const std::string& origin) {
  std::string name = pattern;
  if (pattern.empty()) {
    name = base;
    for (const Setting& value : values) name += "-" + as_file_name(value.value);
    return name;
  }
  for (const Setting& value : values) {
    const std::string hole = "{" + value.key + "}";
    for (std::size_t at; (at = name.find(hole)) != std::string::npos;)
      name.replace(at, hole.size(), as_file_name(value.value));
  }
  if (name.find('{') != std::string::npos)
    usage_error(origin, ": sweep.name is '", pattern, "', expected {KEY} of this sweep's grid only");
  return name;
}

/// All combinations, the last axis fastest.
std::vector<std::vector<Setting>> cross_product(const std::vector<SweepAxis>& grid) {
  std::vector<std::vector<Setting>> combinations{{}};
  for (const SweepAxis& axis : grid) {
    std::vector<std::vector<Setting>> longer;
    for (const std::vector<Setting>& combination : combinations)
      for (const std::string& value : axis.values) {
        longer.push_back(combination);
        longer.back().push_back({axis.key, value, axis.origin});
      }
    combinations = std::move(longer);
  }
  return combinations;
}

std::string origin_of(const std::vector<Setting>& settings, const std::string& key,
                      const std::string& otherwise) {
  for (const Setting& setting : settings)
    if (setting.key == key) return setting.origin;
  return otherwise;
}

std::string why_failed(const RunDirectory& directory, const ChildResult& child) {
  std::ifstream file(directory.failed());
  std::string sentence;
  std::getline(file, sentence);
  return sentence.empty() ? child.how : sentence;
}

struct Outcome {
  std::string state;
  std::string remark;
};

// What is there before this sweep does anything about a run.
Outcome found(const SweepRun& run) {
  const RunDirectory directory(run.directory);
  if (const auto holder = FileLock::holder(directory.lock())) return {"running", describe(*holder)};
  const std::string differing = directory.differences(run.config);
  if (!differing.empty()) return {kOtherRun, "of another config: " + differing};
  if (directory.finished()) return {"finished", "before; " + directory.final_figure()};
  return {name(directory.state()), ""};
}

void print_table(const Sweep& sweep, const std::vector<Outcome>& outcomes) {
  Table table{.columns = {{"run"}, {"state"}, {"remark"}}};
  for (std::size_t i = 0; i < sweep.runs.size(); ++i)
    table.rows.push_back({sweep.runs[i].name, outcomes[i].state, outcomes[i].remark});
  print(table, std::cout, 0);  // a remark is a sentence
  std::cout << std::flush;
}

std::vector<std::string> train_command(const Sweep& sweep, const SweepRun& run, bool replace) {
  std::vector<std::string> words{"train", sweep.base};
  if (replace) words.push_back("--force");
  for (const Setting& setting : run.settings) words.push_back("--" + setting.key + "=" + setting.value);
  return words;
}

}  // namespace

Sweep load_sweep(const std::string& path, const std::vector<Setting>& overrides) {
  ExperimentConfig config;
  SweepConfig sweep;
  Options options;
  describe(options, config);
  describe(options, sweep);
  std::vector<Setting> settings = merge(read_config_file(options, path), overrides);
  options.apply(settings);
  std::size_t axis_number = 0;
  for (const Setting& setting : settings)
    if (setting.key == "sweep.grid") sweep.grid[axis_number++].origin = setting.origin;
  const std::string name_origin = origin_of(settings, "sweep.name", path);
  if (sweep.config.empty()) usage_error(path, ": [sweep] has no config, expected config = BASE.ini");
  if (sweep.grid.empty()) usage_error(path, ": [sweep] has no grid, expected grid = KEY: VALUE, VALUE");
  std::set<std::string> keys;
  for (const SweepAxis& axis : sweep.grid) {
    options.check_known(axis.key, axis.origin);
    if (!keys.insert(axis.key).second) usage_error(axis.origin, ": sweep.grid names ", axis.key, " twice");
  }
  std::erase_if(settings, [](const Setting& setting) { return section_of(setting.key) == "sweep"; });

  Sweep result;
  result.base = resolve_path(sweep.config, path);
  const std::string base_name = read_config(result.base, settings).run.name;
  std::set<std::string> names;
  for (const std::vector<Setting>& values : cross_product(sweep.grid)) {
    SweepRun run;
    run.settings = merge(settings, values);
    run.name = run_name(sweep.name, base_name, values, name_origin);
    run.settings = merge(run.settings, {{"run.name", run.name, path}});
    if (!names.insert(run.name).second)
      usage_error(path, ": two runs of the sweep are named '", run.name, "'; put more keys into sweep.name");
    run.config = read_config(result.base, run.settings);
    run.directory = run_directory(run.config).path();
    result.runs.push_back(std::move(run));
  }
  return result;
}

std::string explain_sweep(int columns) {
  SweepConfig sweep;
  Options options;
  describe(options, sweep);
  return options.explain("sweep", columns);
}

void list_sweep(const Sweep& sweep) {
  std::vector<Outcome> outcomes;
  for (const SweepRun& run : sweep.runs) outcomes.push_back(found(run));
  print_table(sweep, outcomes);
}

namespace {

void refuse_other_runs(const Sweep& sweep) {
  long others = 0;
  std::string first;
  for (const SweepRun& run : sweep.runs) {
    const Outcome there = found(run);
    if (there.state == kOtherRun && ++others == 1) first = str(run.directory, " ", there.remark);
  }
  if (others > 0)
    usage_error("sweep: found ", others, " of ", sweep.runs.size(), " runs with another config, the first ",
                first, "; choose another sweep.name, or --rerun to replace them");
}

// One sweep in progress: which runs are still to be done, and how the others ended.
class SweepInProgress {
 public:
  explicit SweepInProgress(const Sweep& sweep) : sweep_(sweep), outcomes_(sweep.runs.size()) {
    for (std::size_t i = 0; i < sweep.runs.size(); ++i) open_.push_back(i);
  }

  // Tries every open run once. Those that another process works on stay open.
  void pass() {
    std::vector<std::size_t> still_open;
    for (const std::size_t i : open_) {
      outcomes_[i] = stopped() ? found(sweep_.runs[i]) : work_on(i);
      if (outcomes_[i].state == "running") still_open.push_back(i);
    }
    open_ = std::move(still_open);
  }

  bool done() const { return open_.empty() || stopped(); }
  int finish() const {
    print_table(sweep_, outcomes_);
    return stopped() ? kInterrupted : failures_ > 0 ? kFailure : kSuccess;
  }

 private:
  bool stopped() const { return interrupted_ || stop_requested(); }

  Outcome work_on(std::size_t i) {
    const SweepRun& run = sweep_.runs[i];
    const RunDirectory directory(run.directory);
    const Outcome there = found(run);
    if (there.state == "finished" || there.state == "running") return there;
    if (outcomes_[i].state == "running" && there.state == "failed") {  // in the other process
      ++failures_;
      return {"failed", why_failed(directory, {})};
    }
    std::cerr << "sweep: " << i + 1 << "/" << sweep_.runs.size() << " " << run.name << std::endl;
    const ChildResult child = run_self(train_command(sweep_, run, there.state == kOtherRun));
    if (child.exit_code == kSuccess) return {"finished", directory.final_figure()};
    if (child.exit_code == kBusy) return {"running", ""};
    if (child.exit_code == kInterrupted || stop_requested()) {
      interrupted_ = true;
      return {"interrupted", "the same command goes on from its checkpoint"};
    }
    ++failures_;
    return {"failed", why_failed(directory, child)};
  }

  const Sweep& sweep_;
  std::vector<Outcome> outcomes_;
  std::vector<std::size_t> open_;
  int failures_ = 0;
  bool interrupted_ = false;
};

}  // namespace

int run_sweep(const Sweep& sweep, bool rerun) {
  if (!rerun) refuse_other_runs(sweep);
  const SignalWatch signals;
  SweepInProgress progress(sweep);
  for (progress.pass(); !progress.done(); progress.pass()) std::this_thread::sleep_for(kLook);
  return progress.finish();
}

}  // namespace nibble
