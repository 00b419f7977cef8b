#include <filesystem>
#include <iostream>

#include "experiments/process/terminal.h"
#include "experiments/tasks/verify.h"
#include "experiments/training/loaded_run.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

int export_verb(const Words& words) {
  std::string out;
  Options options;
  options.add("out", out, "Directory for the C files.");
  const CommandLine line = read_words(options, words, "export");
  options.apply(line.settings);
  const std::string directory = only_argument(line, "export");
  if (out.empty()) usage_error("export: found no --out, expected --out DIR");

  const LoadedRun run = load_run(directory);
  std::filesystem::create_directories(out);
  const std::string& name = run.config.run.name;
  export_integers(*run.task, lower_run(run, name), name, out);
  std::cout << on_screen("C of " + directory + " is in " + out +
                         "; 'make check' there runs its selftest, memory.txt lists what it needs");
  return kSuccess;
}

}  // namespace nibble
