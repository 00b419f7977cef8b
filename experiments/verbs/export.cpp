#include <iostream>

#include "experiments/process/terminal.h"
#include "experiments/tasks/verify.h"
#include "experiments/training/import_darknet.h"
#include "experiments/training/loaded_run.h"
#include "experiments/verbs/arguments.h"

namespace nibble {
namespace {

int export_weights(const std::string& directory, const std::string& out, const std::string& file) {
  if (!out.empty()) usage_error("export: found --out and --darknet, expected one of them");
  LoadedRun run = load_run(directory);
  export_darknet(run.network, file);
  std::cout << on_screen("weights of " + directory + " are in " + file + ", as darknet has them");
  return kSuccess;
}

}  // namespace

int export_verb(const Words& words) {
  std::string out, darknet, name = "model";
  Options options;
  options.add("out", out, "Directory for the C files.");
  options.add("name", name,
              "What files and functions are called: NAME.h, NAME_run. Models of different names fit into "
              "one program.");
  options.add(
      "darknet", darknet,
      "Instead of C, write the weights of a float run to this .weights file of darknet, in the order of "
      "its layers; of a run with model.kind = darknet, darknet reads it with the same cfg.");
  const CommandLine line = read_words(options, words, "export");
  options.apply(line.settings);
  const std::string directory = only_argument(line, "export");
  if (!darknet.empty()) return export_weights(directory, out, darknet);
  if (out.empty()) usage_error("export: found no --out, expected --out DIR or --darknet FILE");

  if (!edge::is_model_name(name))
    usage_error("export: found --name ", name,
                ", expected a letter, then letters, digits and underscores, and neither "
                "nbl..., selftest nor test_vectors");

  const LoadedRun run = load_run(directory);
  const std::string& run_name = run.config.run.name;
  export_integers(*run.task, lower_run(run, run_name),
                  {.name = run_name, .c_name = name, .origin = origin_of(run)}, out);
  std::cout << on_screen("C of " + directory + " is in " + out +
                         "; 'make check' there runs its selftest, README.txt says how to use it, memory.txt "
                         "lists what it needs");
  return kSuccess;
}

}  // namespace nibble
