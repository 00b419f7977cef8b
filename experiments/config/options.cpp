#include "experiments/config/options.h"

#include <algorithm>
#include <set>

#include "experiments/process/terminal.h"

namespace nibble {

namespace {

// Files cannot hold these: # starts a comment, and a value ends with its line.
bool can_be_written(const std::string& text) { return text.find_first_of("#\n\r") == std::string::npos; }

std::string explain_option(const Options::Option& option, const std::string& shown, int columns) {
  const std::string value = option.is_switch || option.by_default.empty() ? "" : " = " + option.by_default;
  const std::string text = "  " + shown + value + "\n" + wrap(option.help, columns, "      ");
  return option.is_switch ? text : text + wrap("Expects " + option.expected + ".", columns, "      ");
}

}  // namespace

std::string section_of(const std::string& key) {
  const std::size_t dot = key.find('.');
  return dot == std::string::npos ? "" : key.substr(0, dot);
}

std::string name_of(const std::string& key) {
  const std::size_t dot = key.find('.');
  return dot == std::string::npos ? key : key.substr(dot + 1);
}

void Options::add_option(Option option) {
  check(find(option.key) == nullptr, "options: key '", option.key, "' is bound twice");
  option.by_default = join(option.print());
  options_.push_back(std::move(option));
}

void Options::add(const std::string& key, bool& field, const std::string& help) {
  add_option({.key = key,
              .help = help,
              .expected = kind_of(bool{}),
              .parse = [&field](const std::string& text) { return parse_value(text, field); },
              .print = [&field] { return std::vector<std::string>{format_value(field)}; }});
}

void Options::add(const std::string& key, std::string& field, const std::string& help,
                  const std::vector<std::string>& choices) {
  add_option({.key = key,
              .help = help,
              .expected = choices.empty() ? "a text without '#'" : "one of " + join(choices),
              .choices = choices,
              .parse =
                  [&field, choices](const std::string& text) {
                    if (!can_be_written(text)) return false;
                    if (!choices.empty() && std::find(choices.begin(), choices.end(), text) == choices.end())
                      return false;
                    field = text;
                    return true;
                  },
              .print = [&field] { return std::vector<std::string>{field}; }});
}

void Options::add_switch(const std::string& key, bool& field, const std::string& help) {
  add(key, field, help);
  options_.back().is_switch = true;
}

const Options::Option* Options::find(const std::string& key) const {
  const auto found =
      std::find_if(options_.begin(), options_.end(), [&](const Option& option) { return option.key == key; });
  return found == options_.end() ? nullptr : &*found;
}

std::vector<std::string> Options::sections() const {
  std::vector<std::string> sections;
  for (const Option& option : options_) {
    const std::string section = section_of(option.key);
    if (!section.empty() && std::find(sections.begin(), sections.end(), section) == sections.end())
      sections.push_back(section);
  }
  return sections;
}

void Options::check_known(const std::string& key, const std::string& origin) const {
  if (find(key)) return;
  const std::string section = section_of(key), name = name_of(key);
  std::vector<std::string> here;
  for (const Option& option : options_)
    if (section_of(option.key) == section) here.push_back(name_of(option.key));
  if (here.empty() && !section.empty()) {
    const std::string meant = nearest(section, sections());
    usage_error(
        origin, ": unknown section [", section, "]",
        meant.empty() ? "; there are [" + join(sections(), "], [") + "]" : "; did you mean [" + meant + "]?");
  }
  const std::vector<std::string> elsewhere = keys_named(name);
  std::string hint = did_you_mean(name, here);
  if (hint.empty() && find(name))
    hint = "; " + name + " stands as '" + name_of(name) + "' in [" + section_of(name) +
           "], and 'nibble help " + section + "' lists the keys of [" + section + "]";
  if (hint.empty() && !elsewhere.empty()) hint = "; did you mean " + join(elsewhere, " or ") + "?";
  if (hint.empty() && !section.empty()) hint = "; 'nibble help " + section + "' lists its keys";
  usage_error(origin, ": unknown key '", name, "'", section.empty() ? "" : " in [" + section + "]", hint);
}

void Options::apply(const std::vector<Setting>& settings) {
  std::set<std::string> started;
  for (const Setting& setting : settings) {
    check_known(setting.key, setting.origin);
    const Option& option = *find(setting.key);
    if (option.repeatable && started.insert(setting.key).second) option.clear();
    if (!option.parse(trim(setting.value)))
      usage_error(setting.origin, ": ", setting.key, " is '", setting.value, "', expected ", option.expected,
                  did_you_mean(setting.value, option.choices));
  }
}

std::string Options::print() const {
  std::string text;
  for (const std::string& section : sections()) {
    text += (text.empty() ? "[" : "\n[") + section + "]\n";
    for (const Option& option : options_) {
      if (section_of(option.key) != section || option.is_switch) continue;
      for (const std::string& value : option.print())
        text += name_of(option.key) + (value.empty() ? " =" : " = " + value) + "\n";
    }
  }
  return text;
}

std::string Options::explain(const std::string& section, int columns) const {
  std::string text;
  for (const Option& option : options_) {
    if (section_of(option.key) == section)
      text += explain_option(option, section.empty() ? "--" + option.key : name_of(option.key), columns);
  }
  return text;
}

std::string Options::explain_key(const std::string& name, int columns) const {
  std::string text;
  for (const std::string& key : keys_named(name)) text += explain_option(*find(key), key, columns);
  return text;
}

std::vector<std::string> Options::keys_named(const std::string& name) const {
  std::vector<std::string> keys;
  for (const Option& option : options_)
    if (option.key == name || name_of(option.key) == name) keys.push_back(option.key);
  return keys;
}

std::vector<Setting> merge(const std::vector<Setting>& lower, const std::vector<Setting>& upper) {
  std::set<std::string> replaced;
  for (const Setting& setting : upper) replaced.insert(setting.key);
  std::vector<Setting> merged;
  for (const Setting& setting : lower)
    if (!replaced.count(setting.key)) merged.push_back(setting);
  merged.insert(merged.end(), upper.begin(), upper.end());
  return merged;
}

}  // namespace nibble
