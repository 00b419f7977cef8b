#include <algorithm>
#include <iostream>

#include "edge/lower/box_tables.h"
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

bool is_set(const CommandLine& line, const std::string& option) {
  return std::any_of(line.settings.begin(), line.settings.end(),
                     [&](const Setting& setting) { return setting.key == option; });
}

}  // namespace

int export_verb(const Words& words) {
  std::string out, darknet, name = "model";
  double threshold = 0.25;
  Options options;
  options.add("out", out, "Directory for the C files.");
  options.add("name", name,
              "What files and functions are called: NAME.h, NAME_run. Models of different names fit into "
              "one program.");
  options.add(
      "darknet", darknet,
      "Instead of C, write the weights of a float run to this .weights file of darknet, in the order of "
      "its layers; of a run with model.kind = darknet, darknet reads it with the same cfg.");
  options.add("threshold", threshold,
              "Of a detector: the score that boxes of NAME_detect exceed. NAME_boxes takes another.",
              from_to_below(0, 1));
  const CommandLine line = apply_words(options, words, "export");
  const std::string directory = only_argument(line, "export");
  if (!darknet.empty()) return export_weights(directory, out, darknet);
  if (out.empty()) usage_error("export: found no --out, expected --out DIR or --darknet FILE");

  if (!edge::is_model_name(name))
    usage_error("export: found --name ", name,
                ", expected a letter, then letters, digits and underscores, and neither "
                "nbl..., selftest nor test_vectors");

  const LoadedRun run = load_run(directory);
  const std::string& run_name = run.config.run.name;
  edge::IntegerGraph graph = lower_run(run, run_name);
  if (is_set(line, "threshold") && !graph.boxes)
    usage_error("export: found --threshold for ", run.task->outline().kind, ", expected it for a detector");
  if (graph.boxes) graph.boxes->threshold = edge::score_of(threshold);
  export_integers(*run.task, graph, {.name = run_name, .c_name = name, .origin = origin_of(run)}, out);
  std::cout << on_screen("C of " + directory + " is in " + out +
                         "; 'make check' there runs its selftest, README.txt says how to use it, memory.txt "
                         "lists what it needs");
  return kSuccess;
}

}  // namespace nibble
