#include "experiments/launch/axis.h"

#include <algorithm>
#include <optional>
#include <set>

#include "experiments/launch/value_list.h"

namespace nibble {
namespace {

constexpr const char* kIf = " if ";
constexpr int kMostDraws = 1000;  // for one point, until it is none that was drawn before

struct KeyAndValues {
  std::string key, values;
};

KeyAndValues parse_key(const std::string& text, const Setting& setting) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || trim(text.substr(0, colon)).empty() ||
      trim(text.substr(colon + 1)).empty())
    usage_error(setting.origin, ": ", setting.key, " found '", trim(text),
                "', expected KEY: VALUE, VALUE, ...");
  return {trim(text.substr(0, colon)), trim(text.substr(colon + 1))};
}

// Splits "KEY: VALUES if CONDITION".
std::string take_condition(const std::string& text, const Setting& setting, SweepAxis& axis) {
  const std::size_t at = text.rfind(kIf);
  if (at == std::string::npos) return text;
  axis.condition = Condition(text.substr(at + std::string(kIf).size()), setting.origin);
  return text.substr(0, at);
}

SweepAxis coupled_axis(const Setting& setting) {
  SweepAxis axis;
  axis.origin = setting.origin;
  const std::string text = take_condition(setting.value, setting, axis);
  for (const std::string& part : setting.key == "sweep.zip" ? split(text, '|') : std::vector{text}) {
    const KeyAndValues parsed = parse_key(part, setting);
    const std::vector<std::string> values = list_values(parsed.values, setting.origin);
    axis.keys.push_back(parsed.key);
    if (axis.points.empty()) axis.points.resize(values.size());
    if (values.size() != axis.points.size())
      usage_error(setting.origin, ": sweep.zip found ", values.size(), " values of ", parsed.key,
                  ", expected ", axis.points.size(), " as of ", axis.keys.front());
    for (std::size_t i = 0; i < values.size(); ++i) axis.points[i].push_back(values[i]);
  }
  return axis;
}

// Draws until it has as many different points as the budget says.
SweepAxis random_axis(const std::vector<Setting>& lines, const RandomSearch& search) {
  SweepAxis axis;
  axis.origin = lines.front().origin;
  axis.random = true;
  std::vector<RandomValue> values;
  for (const Setting& line : lines) {
    if (line.value.find(kIf) != std::string::npos)
      usage_error(line.origin,
                  ": sweep.random found a condition, expected none; sweep.except leaves runs out");
    const KeyAndValues parsed = parse_key(line.value, line);
    axis.keys.push_back(parsed.key);
    values.emplace_back(parsed.values, line.origin);
  }
  if (search.budget < 1)
    usage_error(axis.origin, ": found sweep.random without sweep.budget, expected budget = so many points");
  std::set<std::vector<std::string>> drawn;
  int in_vain = 0;
  for (std::uint64_t i = 0; static_cast<int>(axis.points.size()) < search.budget; ++i) {
    std::vector<std::string> point;
    for (std::size_t k = 0; k < values.size(); ++k)
      point.push_back(values[k].draw(Rng(search.seed).stream(axis.keys[k]).stream(i)));
    if (drawn.insert(point).second) {
      axis.points.push_back(std::move(point));
      in_vain = 0;
    } else if (++in_vain == kMostDraws) {
      usage_error(axis.origin, ": found ", axis.points.size(),
                  " different points to draw, expected sweep.budget, ", search.budget);
    }
  }
  return axis;
}

void check_keys(const std::vector<SweepAxis>& axes, const Options& options) {
  std::set<std::string> keys;
  for (const SweepAxis& axis : axes) {
    for (const std::string& key : axis.condition.keys()) options.check_known(key, axis.origin);
    for (const std::string& key : axis.keys) {
      options.check_known(key, axis.origin);
      const std::string section = section_of(key);
      if (section == "sweep" || section == "cluster" || key == "run.name")
        usage_error(axis.origin, ": found ", key, " as the key of an axis, expected one of a run's config",
                    key == "run.name" ? "; sweep.name names the runs" : "");
      if (!keys.insert(key).second) usage_error(axis.origin, ": sweep.grid names ", key, " twice");
    }
  }
}

}  // namespace

bool looks_like_axis(const std::string& text) {
  const std::size_t colon = text.find(':');
  return colon != std::string::npos && !trim(text.substr(0, colon)).empty() &&
         !trim(text.substr(colon + 1)).empty();
}

std::vector<SweepAxis> parse_axes(const std::vector<Setting>& settings, const RandomSearch& search,
                                  const Options& options) {
  std::vector<SweepAxis> axes;
  std::vector<Setting> random;
  std::size_t random_place = 0;
  for (const Setting& setting : settings) {
    if (setting.key == "sweep.grid" || setting.key == "sweep.zip") {
      axes.push_back(coupled_axis(setting));
    } else if (setting.key == "sweep.random") {
      if (random.empty()) random_place = axes.size();
      random.push_back(setting);
    }
  }
  if (!random.empty())
    axes.insert(axes.begin() + static_cast<std::ptrdiff_t>(random_place), random_axis(random, search));
  check_keys(axes, options);
  return axes;
}

}  // namespace nibble
