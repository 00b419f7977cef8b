#include "experiments/tasks/generate.h"

#include <iostream>

#include "experiments/training/loaded_run.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

int generate_verb(const Words& words) {
  GenerateOptions how;
  bool integer_only = false;
  Options options;
  options.add("prompt", how.prompt, "Words to begin with; empty: the beginning of a sentence.");
  options.add("words", how.words, "Words to add, ends of sentences counted.", at_least(0));
  options.add("temperature", how.temperature, "0: always the most likely word; 1: as the network believes.",
              at_least(0));
  options.add("seed", how.seed, "Seed of the words that are drawn.");
  options.add_switch("integer", integer_only, "Only what the network's integers say.");
  const CommandLine line = apply_words(options, words, "generate");
  const std::string directory = only_argument(line, "generate");

  LoadedRun run = load_run(directory);
  const Vocabulary& vocabulary = run.task->words_to_generate();
  const bool integers = run.task->has_integers(run.config.quant);  // which only quantized runs have
  check(integers || !integer_only, directory,
        ": has no integers, expected a quantized run with quant.scope = all");
  const bool both = integers && !integer_only;
  if (both) std::cout << "quantized\n";
  if (!integer_only) std::cout << generate(network_scores(run.network), vocabulary, how) << "\n";
  if (both) std::cout << "\ninteger\n";
  if (integers)
    std::cout << generate(integer_scores(lower_run(run, run.config.run.name)), vocabulary, how) << "\n";
  return kSuccess;
}

}  // namespace nibble
