#include "experiments/launch/sweep_file.h"

#include <algorithm>
#include <set>
#include <sstream>

#include "experiments/config/config_file.h"
#include "experiments/config/pattern.h"

namespace nibble {
namespace {

constexpr const char* kSeed = "run.seed";

// [sweep] and [stage NAME], typed. Axes are read from the settings, which know their lines.
struct SweepKeys {
  std::string config, name, parent, into = "model.start_from", inherit = kSeed;
  std::vector<std::string> grid, zip, random, except;
  RandomSearch search;
};

void add_axes(Options& options, const std::string& key, std::vector<std::string>& field,
              const std::string& expected, const std::string& help) {
  options.add_repeatable<std::string>(
      key, field, expected,
      [](const std::string& text, std::string& line) { return line = text, looks_like_axis(text); },
      [](const std::string& line) { return line; }, help);
}

void describe(Options& options, SweepKeys& sweep) {
  options.add("sweep.config", sweep.config, "Config of every run; relative to the sweep file.");
  options.add(
      "sweep.name", sweep.name,
      "Name of a run, with {key} where a value goes, {parent} for the name of the parent's run, and {sample} "
      "for the number of a random point; empty: the base's name, or the parent's and the stage's, and the "
      "values.");
  add_axes(options, "sweep.grid", sweep.grid, "KEY: VALUE, VALUE, ...",
           "A key and the values that it takes in turn; all combinations run. A value may be a range: 1..5, "
           "0..1 step "
           "0.25, 0..1 linear 5, 1e-4..1e-2 log 5. With 'if KEY = VALUE' behind it only where that holds.");
  add_axes(options, "sweep.zip", sweep.zip, "KEY: VALUE, VALUE | KEY: VALUE, VALUE ...",
           "Keys that take their values together, the first with the first; otherwise like grid.");
  add_axes(options, "sweep.random", sweep.random, "KEY: VALUE, VALUE or LOW..HIGH or LOW..HIGH log",
           "A key whose values are drawn; sweep.budget says how many points of all such keys.");
  options.add("sweep.budget", sweep.search.budget, "Random points.", at_least(0));
  options.add("sweep.random_seed", sweep.search.seed, "Seed of the random points; not that of the runs.");
  options.add_repeatable<std::string>(
      "sweep.except", sweep.except, "KEY = VALUE and KEY < VALUE ...",
      [](const std::string& text, std::string& line) { return line = text, !text.empty(); },
      [](const std::string& line) { return line; },
      "Leaves runs out for which this holds: = != < <= > >=, any key of the config.");
  options.add("sweep.parent", sweep.parent,
              "Of a stage: the stage above on whose runs it goes on, one child or more for each of them.");
  options.add(
      "sweep.into", sweep.into,
      "Of a stage with a parent: keys that get the directory of the parent's run, separated by commas.");
  options.add("sweep.inherit", sweep.inherit,
              "Of a stage with a parent: keys whose values are those of the parent's run, separated by "
              "commas; if not "
              "written, run.seed where the parent varies it.");
}

// The file in pieces with the same numbers of lines: what stands in front of the first [stage NAME], and each
// stage.
struct StageText {
  std::string name, origin, text;
};

std::string stage_name(const std::string& line, const std::string& origin) {
  static const Pattern section(
      "^[[:space:]]*\\[[[:space:]]*stage([^]_[:alnum:]][^]]*)?\\][[:space:]]*(#.*)?$"),
      name("^[A-Za-z0-9_+-][A-Za-z0-9._+-]*$");
  const std::vector<std::string> found = section.search(line);
  if (found.empty()) return "";
  const std::string given = trim(found[1]);
  if (name.search(given).empty())
    usage_error(origin, ": found '", trim(line), "', expected [stage NAME] with letters, digits and . _ + -");
  return given;
}

std::vector<StageText> split_stages(const std::string& text, const std::string& path) {
  std::vector<StageText> stages{{"", path, ""}};
  std::istringstream stream(text);
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    const std::string origin = str(path, ":", ++number), name = stage_name(line, origin);
    if (!name.empty()) {
      for (const StageText& stage : stages)
        if (stage.name == name)
          usage_error(origin, ": stage '", name, "' stands there a second time, first in ", stage.origin);
      stages.push_back({name, origin, std::string(static_cast<std::size_t>(number - 1), '\n')});
      line = "[sweep]";
    }
    for (StageText& stage : stages) stage.text += (&stage == &stages.back() ? line : "") + "\n";
  }
  return stages;
}

std::vector<Setting> of_key(const std::vector<Setting>& settings, const std::string& key) {
  std::vector<Setting> found;
  std::copy_if(settings.begin(), settings.end(), std::back_inserter(found),
               [&](const Setting& setting) { return setting.key == key; });
  return found;
}

std::string origin_of(const std::vector<Setting>& settings, const std::string& key,
                      const std::string& otherwise) {
  const std::vector<Setting> found = of_key(settings, key);
  return found.empty() ? otherwise : found.front().origin;
}

// What only stages have, where there are some.
void check_common(const std::vector<Setting>& settings) {
  for (const Setting& setting : settings)
    for (const char* key : {"grid", "zip", "random", "except", "parent", "into", "inherit"})
      if (setting.key == std::string("sweep.") + key)
        usage_error(setting.origin, ": found ", setting.key,
                    " in front of the first [stage NAME], expected it in one");
}

void read_parent(SweepStage& stage, const SweepKeys& keys, const std::vector<Setting>& settings,
                 const Options& options) {
  for (const char* key : {"sweep.into", "sweep.inherit"})
    if (keys.parent.empty() && !of_key(settings, key).empty())
      usage_error(of_key(settings, key).front().origin, ": found ", key,
                  " without sweep.parent, expected both");
  if (keys.parent.empty()) return;
  stage.parent = keys.parent;
  stage.into = split(keys.into, ',');
  stage.inherit = split(keys.inherit, ',');
  stage.inherits_seed = of_key(settings, "sweep.inherit").empty();
  for (const std::string& key : stage.into)
    options.check_known(key, origin_of(settings, "sweep.into", stage.origin));
  for (const std::string& key : stage.inherit)
    options.check_known(key, origin_of(settings, "sweep.inherit", stage.origin));
}

SweepStage read_stage(const StageText& text, const std::vector<Setting>& settings, const std::string& path) {
  ExperimentConfig config;
  SweepKeys keys;
  SweepStage stage;
  Options options;
  describe(options, config);
  describe(options, keys);
  describe(options, stage.cluster);
  options.apply(settings);
  stage.name = text.name, stage.origin = text.origin;
  const std::string section = stage.name.empty() ? "[sweep]" : "[stage " + stage.name + "]";
  if (keys.config.empty())
    usage_error(stage.origin, ": ", section, " has no config, expected config = BASE.ini");
  read_parent(stage, keys, settings, options);
  stage.axes = parse_axes(settings, keys.search, options);
  if (stage.axes.empty() && stage.name.empty())
    usage_error(stage.origin, ": ", section, " has no grid, expected grid = KEY: VALUE, VALUE");
  for (const Setting& setting : of_key(settings, "sweep.except")) {
    stage.except.emplace_back(setting.value, setting.origin);
    for (const std::string& key : stage.except.back().keys()) options.check_known(key, setting.origin);
  }
  stage.base = resolve_path(keys.config, path);
  stage.run_name = keys.name;
  stage.run_name_origin = origin_of(settings, "sweep.name", path);
  std::copy_if(settings.begin(), settings.end(), std::back_inserter(stage.settings),
               [](const Setting& setting) {
                 return section_of(setting.key) != "sweep" && section_of(setting.key) != "cluster";
               });
  return stage;
}

}  // namespace

std::vector<SweepStage> read_sweep_file(const std::string& path, const std::vector<Setting>& overrides) {
  ExperimentConfig config;
  SweepKeys keys;
  ClusterConfig cluster;
  Options options;
  describe(options, config);
  describe(options, keys);
  describe(options, cluster);
  const std::vector<StageText> texts = split_stages(read_config_source(path), path);
  const std::vector<Setting> common = read_config_text(options, texts.front().text, path);
  if (texts.size() == 1) {
    for (const Setting& setting : of_key(common, "sweep.parent"))
      usage_error(setting.origin, ": found sweep.parent in a file without stages, expected [stage NAME]");
    return {read_stage(texts.front(), merge(common, overrides), path)};
  }
  check_common(common);
  std::vector<SweepStage> stages;
  for (std::size_t i = 1; i < texts.size(); ++i) {
    const std::vector<Setting> own = read_config_text(options, texts[i].text, path);
    stages.push_back(read_stage(texts[i], merge(merge(common, own), overrides), path));
  }
  return stages;
}

std::string explain_sweep(int columns) { return explain_keys<SweepKeys>("sweep", columns); }

}  // namespace nibble
