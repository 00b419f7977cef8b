#include <algorithm>
#include <filesystem>
#include <iostream>

#include "experiments/process/table.h"
#include "experiments/process/terminal.h"
#include "experiments/results/results_file.h"
#include "experiments/results/run_directory.h"
#include "experiments/tasks/verify.h"
#include "experiments/training/loaded_run.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

namespace {

// The layers furthest from fake-quantized float come first, and five of them tell enough.
void print_agreement(std::vector<edge::LayerAgreement> layers) {
  const auto share = [](const edge::LayerAgreement& layer) {
    return 100.0 * static_cast<double>(layer.differing) / static_cast<double>(std::max(1L, layer.codes));
  };
  std::sort(layers.begin(), layers.end(), [&](const auto& a, const auto& b) { return share(a) > share(b); });
  std::cout << "fake-quantized float against integers, the furthest of " << layers.size() << " layers:\n";
  Table table{{{"layer"}, {"codes", true}, {"that differ", true}, {"largest step", true}, {"ties", true}}};
  for (std::size_t i = 0; i < std::min<std::size_t>(5, layers.size()); ++i)
    table.rows.push_back({layers[i].layer, str(layers[i].codes), format_fixed(share(layers[i]), 4) + " %",
                          str(layers[i].largest_step), str(layers[i].ties)});
  print(table, std::cout, output_columns());
}

void record_verification(const std::string& path, const edge::Comparison& comparison) {
  if (!std::filesystem::exists(path)) return;  // an unfinished run has no record yet
  RunRecord record = read_run(path);
  record.verification = {comparison.samples, comparison.differences};
  write_run(path, record);
}

}  // namespace

int verify_verb(const Words& words) {
  VerifyOptions how;
  Options options;
  options.add("images", how.samples,
              "Test images, or tokens of a text, for the reference and the fast evaluator; 0: all.",
              at_least(0));
  options.add("c-images", how.c_samples, "How many of them go through the emitted C too.", at_least(1));
  const CommandLine line = apply_words(options, words, "verify");
  const std::string directory = only_argument(line, "verify");

  LoadedRun run = load_run(directory);
  const std::string& name = run.config.run.name;
  const VerifyResult result =
      verify_integers(*run.task, run.network, lower_run(run, name), name, how, std::cerr);
  std::string not_recorded;
  try {
    record_verification(RunDirectory(directory).record(), result.comparison);
  } catch (
      const Error& error) {  // of a run that may only be read, say: the figures are the user's all the same
    not_recorded = error.what();
  }
  print_agreement(result.agreement);
  const edge::Comparison& comparison = result.comparison;
  std::cout << on_screen(
      str(comparison.samples, " ", run.task->outline().unit, ", ", comparison.values, " ", result.compared,
          comparison.boxes > 0 ? str(" and ", comparison.boxes, " boxes") : "", ": ", comparison.differences,
          " differences between reference, fast evaluator and emitted C"));
  if (comparison.first) std::cout << to_text(*comparison.first) << "\n";
  if (!not_recorded.empty()) std::cerr << "note: not recorded in the run: " << not_recorded << "\n";
  if (!result.layers_agree())
    std::cout << on_screen(
        "more than 0.1 % of a layer's codes, or a code by more than one step, differ from "
        "fake-quantized float");
  return result.exact() && result.layers_agree() ? kSuccess : kFailure;
}

}  // namespace nibble
