#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/suggest.h"
#include "experiments/config/option_value.h"
#include "experiments/process/exit_codes.h"

namespace nibble {

/// One `key = value`, and where it stands: "configs/a.ini:14" or "command line".
struct Setting {
  std::string key;    // with its section: "train.epochs"
  std::string value;  // as written
  std::string origin;
};

/// A name for each value of an enum.
template <typename Enum>
struct Choice {
  const char* name;
  Enum value;
};

/// The binding of keys to the fields of structs. A field's default is what it holds when it is added. The
/// same table reads files and command line, refuses what it does not know, prints the resolved config, and
/// explains every key. Refers to the fields, which must outlive it.
class Options {
 public:
  struct Option {
    std::string key = {};
    std::string help = {};
    std::string expected = {};    // "a whole number from 2 to 8"
    std::string by_default = {};  // as written in a file
    std::vector<std::string> choices = {};
    bool repeatable = false;
    bool is_switch = false;                              // of the command line only, without a value
    std::function<void()> clear = {};                    // repeatable: forget all values
    std::function<bool(const std::string&)> parse = {};  // false: not what is expected
    std::function<std::vector<std::string>()> print = {};
  };

  /// int, long, std::uint64_t, double, float
  template <typename Number>
  void add(const std::string& key, Number& field, const std::string& help, Limits limits = {}) {
    add_option({.key = key,
                .help = help,
                .expected = kind_of(Number{}) + format_limits(limits),
                .parse =
                    [&field, limits](const std::string& text) {
                      Number value{};
                      if (!parse_value(text, value) || !limits.contain(static_cast<double>(value)))
                        return false;
                      field = value;
                      return true;
                    },
                .print = [&field] { return std::vector<std::string>{format_value(field)}; }});
  }

  /// Numbers separated by commas.
  template <typename Number>
  void add(const std::string& key, std::vector<Number>& field, const std::string& help, Limits limits = {}) {
    add_option({.key = key,
                .help = help,
                .expected = "a list, separated by commas, each " + kind_of(Number{}) + format_limits(limits),
                .parse =
                    [&field, limits](const std::string& text) {
                      std::vector<Number> values;
                      for (const std::string& part : split(text, ',')) {
                        Number value{};
                        if (!parse_value(part, value) || !limits.contain(static_cast<double>(value)))
                          return false;
                        values.push_back(value);
                      }
                      field = values;
                      return true;
                    },
                .print =
                    [&field] {
                      std::vector<std::string> parts;
                      for (const Number& value : field) parts.push_back(format_value(value));
                      return std::vector<std::string>{join(parts)};
                    }});
  }

  void add(const std::string& key, bool& field, const std::string& help);
  /// Any text, or one of `choices` if there are any.
  void add(const std::string& key, std::string& field, const std::string& help,
           const std::vector<std::string>& choices = {});

  template <typename Enum>
  void add(const std::string& key, Enum& field, const std::vector<Choice<Enum>>& choices,
           const std::string& help) {
    std::vector<std::string> names;
    for (const Choice<Enum>& choice : choices) names.push_back(choice.name);
    add_option({.key = key,
                .help = help,
                .expected = "one of " + join(names),
                .choices = names,
                .parse =
                    [&field, choices](const std::string& text) {
                      for (const Choice<Enum>& choice : choices)
                        if (text == choice.name) return field = choice.value, true;
                      return false;
                    },
                .print = [&field, choices]() -> std::vector<std::string> {
                  for (const Choice<Enum>& choice : choices)
                    if (field == choice.value) return {choice.name};
                  fail("options: a field holds a value without a name");
                }});
  }

  /// A key that may stand several times, each adding one item; settings of a later source replace earlier
  /// ones. parse: text → item, false if it is none.
  template <typename Item>
  void add_repeatable(const std::string& key, std::vector<Item>& field, const std::string& expected,
                      std::function<bool(const std::string&, Item&)> parse,
                      std::function<std::string(const Item&)> print, const std::string& help) {
    add_option({.key = key,
                .help = help,
                .expected = expected,
                .repeatable = true,
                .clear = [&field] { field.clear(); },
                .parse =
                    [&field, parse](const std::string& text) {
                      Item item{};
                      if (!parse(text, item)) return false;
                      field.push_back(item);
                      return true;
                    },
                .print =
                    [&field, print] {
                      std::vector<std::string> lines;
                      for (const Item& item : field) lines.push_back(print(item));
                      return lines;
                    }});
  }

  /// `--force` of the command line; not a key of files.
  void add_switch(const std::string& key, bool& field, const std::string& help);

  const std::vector<Option>& all() const { return options_; }
  const Option* find(const std::string& key) const;

  /// Throws UsageError, with a suggestion, for a key that is not in the table.
  void check_known(const std::string& key, const std::string& origin) const;

  /// Sets the fields. Throws UsageError naming origin, key, value and what was expected.
  void apply(const std::vector<Setting>& settings);

  /// Every key of files with its value, as a file that reads back to the same fields.
  std::string print() const;
  /// The keys of a section ("" for options of the command line only) with defaults and explanations, in lines
  /// of at most so many columns.
  std::string explain(const std::string& section, int columns = 80) const;
  /// The same for the keys of that name, "train.epochs" or in any section "epochs"; empty if there are none.
  std::string explain_key(const std::string& name, int columns = 80) const;
  /// "train.epochs" for itself and for "epochs": all keys of that name, with or without its section.
  std::vector<std::string> keys_named(const std::string& name) const;
  std::vector<std::string> sections() const;

 private:
  void add_option(Option option);

  std::vector<Option> options_;
};

/// The keys of a section that are described for `Keys`, explained in lines of at most so many columns.
template <typename Keys>
std::string explain_keys(const std::string& section, int columns) {
  Keys keys;
  Options options;
  describe(options, keys);
  return options.explain(section, columns);
}

/// Settings of `upper` win over those of `lower`.
std::vector<Setting> merge(const std::vector<Setting>& lower, const std::vector<Setting>& upper);

/// "train" of "train.epochs"; empty without a dot.
std::string section_of(const std::string& key);
/// "epochs" of "train.epochs".
std::string name_of(const std::string& key);

}  // namespace nibble
