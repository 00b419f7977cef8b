#include "experiments/results/config_text.h"

#include <algorithm>
#include <sstream>

#include "core/check.h"
#include "core/files/text_hash.h"

namespace nibble {
namespace {

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// Values of a repeated key in one line.
std::string in_line(std::string value) {
  for (std::size_t at; (at = value.find('\n')) != std::string::npos;) value.replace(at, 1, ", ");
  return value;
}

}  // namespace

bool changes_results(const std::string& key) {
  return key != "run.threads" && key != "run.output" && key != "train.checkpoint_every" &&
         key != "train.checkpoint_minutes" && key != "train.prefetch_threads" && key != "dataset.path" &&
         key != "dataset.class_names" && key != "dataset.labels" && key != "dataset.verify" &&
         key != "edge.integer_evaluation";
}

bool is_idle(const std::string& key, const std::map<std::string, std::string>& config) {
  const auto none = [&](const char* switching) {
    const auto entry = config.find(switching);
    return key != switching && entry != config.end() && entry->second == "none";
  };
  return (key.starts_with("quant.") && none("quant.method")) ||
         (key.starts_with("reconstruct.") && (none("quant.method") || none("quant.reconstruct")));
}

std::map<std::string, std::string> parse_config(const std::string& text) {
  std::map<std::string, std::string> values;
  std::istringstream lines(text);
  std::string section;
  for (std::string line; std::getline(lines, line);) {
    line = trimmed(line.substr(0, line.find('#')));
    const auto equals = line.find('=');
    if (line.starts_with('[') && line.ends_with(']')) {
      section = line.substr(1, line.size() - 2);
    } else if (equals != std::string::npos) {
      const std::string key = trimmed(line.substr(0, equals)), value = trimmed(line.substr(equals + 1));
      std::string& into = values[section.empty() ? key : section + "." + key];
      into += (into.empty() ? "" : "\n") + value;
    }
  }
  return values;
}

std::vector<ConfigDifference> different_keys(const std::string& there, const std::string& here) {
  const std::map<std::string, std::string> a = parse_config(there), b = parse_config(here);
  std::map<std::string, ConfigDifference> keys;
  for (const auto& [key, value] : a) keys[key].there = in_line(value);
  for (const auto& [key, value] : b) keys[key].here = in_line(value);
  std::vector<ConfigDifference> different;
  for (auto& [key, values] : keys) {
    if (!changes_results(key) || (is_idle(key, a) && is_idle(key, b)) || values.there == values.here)
      continue;
    different.push_back({key, std::move(values.there), std::move(values.here)});
  }
  return different;
}

std::string config_differences(const std::string& there, const std::string& here) {
  constexpr std::size_t kTold = 3;
  const std::vector<ConfigDifference> keys = different_keys(there, here);
  std::string text;
  for (std::size_t i = 0; i < std::min(kTold, keys.size()); ++i)
    text += str(i == 0 ? "" : ", ", keys[i].key, " (", keys[i].there, " there, ", keys[i].here, " here)");
  return keys.size() > kTold ? str(text, " and ", keys.size() - kTold, " more") : text;
}

std::string config_hash(const std::string& text) {
  std::string identity;
  const std::map<std::string, std::string> config = parse_config(text);
  for (const auto& [key, value] : config) {
    if (changes_results(key) && !is_idle(key, config) && !value.empty()) identity += key + "=" + value + "\n";
  }
  return hash_of(identity);
}

}  // namespace nibble
