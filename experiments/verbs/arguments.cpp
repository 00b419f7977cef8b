#include "experiments/verbs/arguments.h"

#include <algorithm>
#include <filesystem>

#include "experiments/config/config_file.h"
#include "experiments/process/terminal.h"

namespace nibble {

namespace {

bool names_config(const Words& words, const std::vector<std::string>& file_options) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0 && std::find(file_options.begin(), file_options.end(), words[i - 1]) != file_options.end())
      continue;
    if (words[i].starts_with("builtin:") || std::filesystem::is_regular_file(words[i])) return true;
  }
  return false;
}

std::string usage_of(const std::string& verb) {
  const auto found =
      std::find_if(verbs().begin(), verbs().end(), [&](const Verb& v) { return verb == v.name; });
  return "nibble " + verb + " " + found->arguments;
}

}  // namespace

bool asks_for_help(const std::string& word) { return word == "--help" || word == "-h"; }

HelpAsked options_of(const Verb& verb) {
  try {
    verb.run({"--help"});
  } catch (const HelpAsked& asked) {
    return asked;
  }
  fail("help: verb '", verb.name, "' does not say what its options are");
}

CommandLine read_words(const Options& options, const Words& words, const std::string& verb) {
  const bool takes_keys = !options.sections().empty();
  if (std::any_of(words.begin(), words.end(), asks_for_help))
    throw HelpAsked{options.explain("", text_columns()), takes_keys};
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.find('='));
    if (!takes_keys && name.starts_with("--") && name.find('.') != std::string::npos)
      usage_error(verb, ": found '", name, "', expected ", usage_of(verb), "; keys belong to a CONFIG");
  }
  return read_command_line(options, words);
}

CommandLine apply_words(Options& options, const Words& words, const std::string& verb) {
  CommandLine line = read_words(options, words, verb);
  options.apply(line.settings);
  return line;
}

std::string only_argument(const CommandLine& line, const std::string& verb) {
  if (line.arguments.size() != 1)
    usage_error(verb, ": found ",
                line.arguments.empty() ? "no argument" : "'" + join(line.arguments, " ") + "'", ", expected ",
                usage_of(verb));
  return line.arguments.front();
}

std::string read_configured(Options& options, ExperimentConfig& config, const Words& words,
                            const std::string& verb) {
  describe(options, config);
  const CommandLine line = read_words(options, words, verb);
  const std::string path = only_argument(line, verb);
  options.apply(merge(read_config_file(options, path), line.settings));
  validate(config, path);
  return path;
}

RunOrConfig read_run_or_config(Options& options, const Words& words, const std::string& verb,
                               const std::vector<std::string>& file_options) {
  if (names_config(words, file_options)) {
    ExperimentConfig config;
    std::string path = read_configured(options, config, words, verb);
    return {std::move(path), std::move(config)};
  }
  return {only_argument(apply_words(options, words, verb), verb), {}};
}

}  // namespace nibble
