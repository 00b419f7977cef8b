#include "experiments/verbs/arguments.h"

#include <algorithm>

#include "experiments/config/config_file.h"

namespace nibble {

namespace {

std::string usage_of(const std::string& verb) {
  const auto found =
      std::find_if(verbs().begin(), verbs().end(), [&](const Verb& v) { return verb == v.name; });
  return "nibble " + verb + " " + found->arguments;
}

}  // namespace

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
  const CommandLine line = read_command_line(options, words);
  const std::string path = only_argument(line, verb);
  options.apply(merge(read_config_file(options, path), line.settings));
  validate(config, path);
  return path;
}

}  // namespace nibble
