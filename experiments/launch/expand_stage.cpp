#include "experiments/launch/expand_stage.h"

#include <algorithm>
#include <cctype>

#include "experiments/results/config_text.h"
#include "experiments/results/run_directory.h"

namespace nibble {
namespace {

// One combination of values.
struct Combination {
  std::vector<Setting> values;        // in the order of the axes
  std::optional<std::size_t> sample;  // the number of its random point
};

/// A value as a part of a directory's name.
std::string as_file_name(std::string text) {
  for (char& c : text)
    if (!std::isalnum(static_cast<unsigned char>(c)) && std::string("._-+").find(c) == std::string::npos)
      c = '_';
  return text;
}

const std::string* value_in(const std::vector<Setting>& settings, const std::string& key) {
  const auto found =
      std::find_if(settings.begin(), settings.end(), [&](const Setting& s) { return s.key == key; });
  return found == settings.end() ? nullptr : &found->value;
}

// All runs of a stage that go on from one run, or from none.
class Family {
 public:
  Family(const SweepStage& stage, std::optional<std::size_t> parent, const Sweep& sweep)
      : stage_(stage), parent_(parent), above_(parent ? &sweep.runs[*parent] : nullptr) {
    if (above_) take_over();
    const ExperimentConfig base = read_config(stage.base, merge(stage.settings, taken_));
    base_name_ = above_ ? above_->name + "-" + stage.name : base.run.name;
    base_values_ = parse_config(print_config(base));
  }

  std::vector<SweepRun> runs(const std::string& path) const {
    std::vector<SweepRun> runs;
    for (const Combination& combination : combinations()) {
      SweepRun run = run_of(combination, path);
      if (!left_out(run)) runs.push_back(std::move(run));
    }
    return runs;
  }

 private:
  static std::string found_in(const std::map<std::string, std::string>& values, const std::string& key) {
    const auto found = values.find(key);
    return found == values.end() ? "" : found->second;
  }

  bool left_out(const SweepRun& run) const {
    if (stage_.except.empty()) return false;
    const std::map<std::string, std::string> values = parse_config(print_config(run.config));
    return std::any_of(stage_.except.begin(), stage_.except.end(), [&](const Condition& condition) {
      return condition.holds([&](const std::string& key) { return found_in(values, key); });
    });
  }

  bool own_axis(const std::string& key) const {
    return std::any_of(stage_.axes.begin(), stage_.axes.end(), [&](const SweepAxis& axis) {
      return std::find(axis.keys.begin(), axis.keys.end(), key) != axis.keys.end();
    });
  }

  // What the parent's run decides.
  void take_over() {
    const std::map<std::string, std::string> there = parse_config(print_config(above_->config));
    for (const std::string& key : stage_.inherit) {
      if (stage_.inherits_seed && (own_axis(key) || !above_->values.count(key))) continue;
      if (own_axis(key))
        usage_error(stage_.origin, ": found ", key, " in sweep.inherit and as an axis, expected one of them");
      taken_.push_back({key, found_in(there, key), stage_.origin});
    }
    inherited_ = taken_.size();
    for (const std::string& key : stage_.into) taken_.push_back({key, above_->directory, stage_.origin});
  }

  // The value of a key in front of the axes that are still to come.
  std::string value_of(const std::vector<Setting>& values, const std::string& key) const {
    const std::string* const found = value_in(values, key);
    return found ? *found : found_in(base_values_, key);
  }

  std::vector<Combination> combinations() const {
    std::vector<Combination> combinations{{}};
    std::vector<std::string> below;  // keys of this axis and of later ones
    for (const SweepAxis& axis : stage_.axes) below.insert(below.end(), axis.keys.begin(), axis.keys.end());
    for (const SweepAxis& axis : stage_.axes) {
      for (const std::string& key : axis.condition.keys())
        if (std::find(below.begin(), below.end(), key) != below.end())
          usage_error(axis.origin, ": found ", key, " in a condition above its own axis, expected it below");
      below.erase(below.begin(), below.begin() + static_cast<std::ptrdiff_t>(axis.keys.size()));
      combinations = longer(combinations, axis);
    }
    return combinations;
  }

  std::vector<Combination> longer(const std::vector<Combination>& shorter, const SweepAxis& axis) const {
    std::vector<Combination> all;
    for (const Combination& combination : shorter) {
      if (!axis.condition.holds([&](const std::string& key) { return value_of(combination.values, key); })) {
        all.push_back(combination);
        continue;
      }
      for (std::size_t point = 0; point < axis.points.size(); ++point) {
        all.push_back(combination);
        if (axis.random) all.back().sample = point + 1;
        for (std::size_t k = 0; k < axis.keys.size(); ++k)
          all.back().values.push_back({axis.keys[k], axis.points[point][k], axis.origin});
      }
    }
    return all;
  }

  SweepRun run_of(const Combination& combination, const std::string& path) const {
    SweepRun run;
    run.stage = stage_.name, run.base = stage_.base, run.parent = parent_;
    run.settings = merge(merge(stage_.settings, taken_), combination.values);
    run.name = name_of_run(combination);
    run.settings = merge(run.settings, {{"run.name", run.name, path}});
    run.config = read_config(run.base, run.settings);
    run.directory = run_directory(run.config).path();
    for (std::size_t i = 0; i < inherited_; ++i) run.values[taken_[i].key] = taken_[i].value;
    for (const Setting& value : combination.values) run.values[value.key] = value.value;
    return run;
  }

  std::string name_of_run(const Combination& combination) const {
    std::string name = stage_.run_name;
    if (name.empty()) {
      name = base_name_;
      for (const Setting& value : combination.values) name += "-" + as_file_name(value.value);
      return name;
    }
    const auto fill = [&](const std::string& hole, const std::string& value) {
      const std::string text = "{" + hole + "}";
      for (std::size_t at; (at = name.find(text)) != std::string::npos;) name.replace(at, text.size(), value);
    };
    for (const SweepAxis& axis : stage_.axes)
      for (const std::string& key : axis.keys) fill(key, as_file_name(value_of(combination.values, key)));
    for (std::size_t i = 0; i < inherited_; ++i) fill(taken_[i].key, as_file_name(taken_[i].value));
    if (above_) fill("parent", above_->name);
    if (combination.sample) fill("sample", std::to_string(*combination.sample));
    if (name.find('{') != std::string::npos)
      usage_error(stage_.run_name_origin, ": sweep.name is '", stage_.run_name,
                  "', expected {KEY} of this sweep's grid only");
    return name;
  }

  const SweepStage& stage_;
  const std::optional<std::size_t> parent_;
  const SweepRun* const above_;
  std::vector<Setting> taken_;  // inherited values, then the parent's directory
  std::size_t inherited_ = 0;
  std::string base_name_;
  std::map<std::string, std::string> base_values_;
};

std::vector<std::optional<std::size_t>> parents_of(const Sweep& sweep, const SweepStage& stage) {
  if (stage.parent.empty()) return {std::nullopt};
  std::vector<std::optional<std::size_t>> parents;
  for (std::size_t i = 0; i < sweep.runs.size(); ++i)
    if (sweep.runs[i].stage == stage.parent) parents.emplace_back(i);
  if (!parents.empty()) return parents;
  std::vector<std::string> above;
  for (const auto& [name, cluster] : sweep.clusters) above.push_back(name);
  usage_error(stage.origin, ": stage '", stage.name, "' has the parent '", stage.parent, "', expected ",
              above.empty() ? "a stage above it" : "one of the stages above it: " + join(above));
}

}  // namespace

void expand_stage(Sweep& sweep, const SweepStage& stage, const std::string& path) {
  const std::size_t before = sweep.runs.size();
  std::vector<SweepRun> runs;
  for (const std::optional<std::size_t> parent : parents_of(sweep, stage))
    for (SweepRun& run : Family(stage, parent, sweep).runs(path)) runs.push_back(std::move(run));
  sweep.runs.insert(sweep.runs.end(), std::make_move_iterator(runs.begin()),
                    std::make_move_iterator(runs.end()));
  if (sweep.runs.size() == before)
    usage_error(stage.origin, ": sweep.except leaves no run",
                stage.name.empty() ? "" : " of stage " + stage.name, ", expected some");
}

}  // namespace nibble
