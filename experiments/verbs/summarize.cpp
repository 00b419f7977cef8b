#include "experiments/results/summarize.h"

#include <iostream>

#include "experiments/process/terminal.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

int summarize_verb(const Words& words) {
  std::string group;
  Options options;
  options.add("group", group,
              "Keys of the config, separated by commas, such as run.seed: runs that differ in nothing else "
              "become one row, with mean, standard deviation and number n. Also writes summary_groups.csv.");
  const CommandLine line = read_words(options, words, "summarize");
  options.apply(line.settings);
  const std::string directory = only_argument(line, "summarize");
  ExperimentConfig config;
  Options keys;
  describe(keys, config);
  for (const std::string& key : split(group, ',')) keys.check_known(key, "summarize: --group");
  summarize(directory, std::cout, {.group = split(group, ','), .columns = output_columns()});
  return kSuccess;
}

}  // namespace nibble
