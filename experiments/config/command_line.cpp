#include "experiments/config/command_line.h"

#include <set>

#include "experiments/config/boost_description.h"

namespace nibble {

namespace po = boost::program_options;

namespace {

constexpr const char* kCommandLine = "command line";

// "; did you mean --train.epochs=3?" for a word that names a key, but not as an option; else nothing.
std::string meant_option(const Options& options, const std::string& name, const std::string& value) {
  std::vector<std::string> meant;
  for (const std::string& key : options.keys_named(name))
    meant.push_back("--" + key + (value.empty() || options.find(key)->is_switch ? "" : "=" + value));
  return meant.empty() ? "" : "; did you mean " + join(meant, " or ") + "?";
}

[[noreturn]] void refuse_option(const Options& options, const std::string& name, const std::string& value) {
  std::vector<std::string> names;
  for (const Options::Option& option : options.all()) names.push_back("--" + option.key);
  if (name.starts_with("--") && name.find('.') != std::string::npos && !options.sections().empty())
    options.check_known(name.substr(2), kCommandLine);  // with the better suggestion
  std::string hint = name.starts_with("--") ? meant_option(options, name.substr(2), value) : "";
  if (hint.empty()) hint = did_you_mean(name, names);
  usage_error(kCommandLine, ": unknown option '", name, "'", hint);
}

// An argument such as train.epochs=3 or train.epochs is a key without its dashes.
void refuse_bare_key(const Options& options, const std::string& word, const std::string& next) {
  const std::size_t equals = word.find('=');
  const std::string name = word.substr(0, equals);
  if (equals == std::string::npos && (name.find('.') == std::string::npos || !options.find(name))) return;
  const std::string hint =
      meant_option(options, name, equals == std::string::npos ? next : word.substr(equals + 1));
  if (!hint.empty()) usage_error(kCommandLine, ": found '", word, "'", hint);
}

// Boost takes the word after an unknown option for an argument, so unknown ones are refused first. It refuses
// `--key=` too, which here means an empty value: such words become two.
std::vector<std::string> known_words(const Options& options, const std::vector<std::string>& words) {
  std::vector<std::string> known;
  bool is_value = false;  // of the option before
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const std::string next = i + 1 < words.size() && !words[i + 1].starts_with("--") ? words[i + 1] : "";
    double number = 0;
    if (!word.starts_with("-") || word.size() == 1 || parse_value(word, number)) {  // an argument, or a value
      if (!is_value) refuse_bare_key(options, word, next);
      known.push_back(word);
      is_value = false;
      continue;
    }
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const Options::Option* option = name.starts_with("--") ? options.find(name.substr(2)) : nullptr;
    if (option == nullptr)
      refuse_option(options, name, equals == std::string::npos ? next : word.substr(equals + 1));
    is_value = equals == std::string::npos && !option->is_switch;
    if (equals == std::string::npos || option->is_switch) {
      known.push_back(word);
    } else {
      known.push_back(name);
      known.push_back(word.substr(equals + 1));
    }
  }
  return known;
}

}  // namespace

CommandLine read_command_line(const Options& options, const std::vector<std::string>& words) {
  using namespace po::command_line_style;
  CommandLine line;
  try {
    const po::options_description description = boost_description(options);
    const po::parsed_options parsed = po::command_line_parser(known_words(options, words))
                                          .options(description)
                                          .style(allow_long | long_allow_adjacent | long_allow_next)
                                          .run();
    std::set<std::string> seen;
    for (const po::option& option : parsed.options) {
      if (option.string_key.empty()) {
        line.arguments.insert(line.arguments.end(), option.value.begin(), option.value.end());
        continue;
      }
      const Options::Option& bound = *options.find(option.string_key);
      if (!seen.insert(bound.key).second && !bound.repeatable)
        usage_error(kCommandLine, ": '--", bound.key, "' is given twice");
      line.settings.push_back({bound.key, bound.is_switch ? "true" : option.value.front(), kCommandLine});
    }
  } catch (const po::error_with_option_name& error) {
    usage_error(kCommandLine, ": ", error.what());
  }
  return line;
}

}  // namespace nibble
