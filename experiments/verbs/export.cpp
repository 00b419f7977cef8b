#include <filesystem>
#include <iostream>

#include "experiments/results/loaded_run.h"
#include "experiments/tasks/integer_text.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

int export_verb(const Words& words) {
  std::string out;
  Options options;
  options.add("out", out, "Directory for the C files.");
  const CommandLine line = read_command_line(options, words);
  options.apply(line.settings);
  const std::string directory = only_argument(line, "export");
  if (out.empty()) usage_error("export: found no --out, expected --out DIR");

  const LoadedRun run = load_run(directory);
  std::filesystem::create_directories(out);
  const bool text = std::holds_alternative<Corpus>(run.data);
  (text ? export_text_run : export_run)(run, run.config.run.name, out);
  std::cout << "C of " << directory << " is in " << out
            << "; 'make check' there runs its selftest, memory.txt lists "
            << "what it needs\n";
  return kSuccess;
}

}  // namespace nibble
