#include "experiments/generate.h"

#include <iostream>

#include "experiments/integer_text.h"
#include "experiments/run.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

int generate_verb(const Words& words) {
  GenerateOptions how;
  Options options;
  options.add("prompt", how.prompt, "Words to begin with; empty: the beginning of a sentence.");
  options.add("words", how.words, "Words to add, ends of sentences counted.", at_least(0));
  options.add("temperature", how.temperature, "0: always the most likely word; 1: as the network believes.",
              at_least(0));
  options.add("seed", how.seed, "Seed of the words that are drawn.");
  const CommandLine line = read_command_line(options, words);
  options.apply(line.settings);
  const std::string directory = only_argument(line, "generate");

  LoadedRun run = load_run(directory);
  const Vocabulary& vocabulary = run.text("generate").vocabulary;
  const bool both = has_integers(run.config);  // which only quantized runs have
  if (both) std::cout << "quantized\n";
  std::cout << generate(network_scores(run.network), vocabulary, how) << "\n";
  if (!both) return kSuccess;
  std::cout << "\ninteger\n" << generate(integer_scores(run, run.config.run.name), vocabulary, how) << "\n";
  return kSuccess;
}

}  // namespace nibble
