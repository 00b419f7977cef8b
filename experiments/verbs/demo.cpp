#include <fmt/format.h>
#include <cmath>
#include <filesystem>
#include <iostream>

#include "experiments/process/seconds_since.h"
#include "experiments/process/terminal.h"
#include "experiments/results/results_file.h"
#include "experiments/results/run_directory.h"
#include "experiments/tasks/verify.h"
#include "experiments/training/loaded_run.h"
#include "experiments/training/run.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

namespace {

constexpr const char* kFloat = "builtin:demo_float.ini";
constexpr const char* kFourBit = "builtin:demo_w4a4.ini";

/// Trains a built-in config from scratch: the demo's own run may be overwritten, but nobody else's.
RunOutcome train(const ExperimentConfig& config, const std::string& file) {
  return run_training(config, {.force = true, .command = "nibble demo", .config_file = file});
}

std::string percent(double value) { return std::isnan(value) ? "-" : fmt::format("{:.2f} %", value); }

void print_row(const std::string& what, const std::string& value) {
  std::cout << fmt::format("  {:<44}{:>12}\n", what, value);
}

}  // namespace

int demo_verb(const Words& words) {
  std::string out = "runs/demo";
  Options options;
  options.add("out", out, "Directory of the demo's files.");
  const CommandLine line = apply_words(options, words, "demo");
  if (!line.arguments.empty())
    usage_error("demo: found '", join(line.arguments, " "), "', expected nibble demo [--out DIR]");

  const auto start = std::chrono::steady_clock::now();
  const std::vector<Setting> place{{"run.output", out, "demo"}};
  const ExperimentConfig in_float = read_config(kFloat, place),
                         in_four_bits = read_config(
                             kFourBit, merge(place, {{"model.start_from", out + "/float", "demo"}}));
  for (const ExperimentConfig& config : {in_float, in_four_bits}) run_directory(config).admit(config, false);
  std::cerr << "1/4 training a float network\n";
  if (train(in_float, kFloat) == RunOutcome::interrupted) return kInterrupted;
  std::cerr << "2/4 fine-tuning it with 4-bit weights and activations\n";
  if (train(in_four_bits, kFourBit) == RunOutcome::interrupted) return kInterrupted;

  std::cerr << "3/4 writing C\n";
  const RunDirectory float_run(out + "/float"), quantized_run(out + "/w4a4");
  const std::string c_directory = out + "/c";
  LoadedRun run = load_run(quantized_run.path());
  std::filesystem::create_directories(c_directory);
  const edge::IntegerGraph graph = lower_run(run, "demo");
  export_integers(*run.task, graph, {.name = "demo", .origin = origin_of(run)}, c_directory);
  std::cerr << "4/4 compiling it and comparing every layer with the integer reference\n";
  const VerifyResult result =
      verify_integers(*run.task, run.network, graph, "demo", {.samples = 200, .c_samples = 200}, std::cerr);

  const RunRecord quantized = read_run(quantized_run.record());
  std::cout << "\nTop-1 on " << run.task->describe_evaluation() << "\n";
  print_row("float", percent(read_run(float_run.record()).figure(Arithmetic::floating)));
  print_row("4-bit weights and activations, simulated", percent(quantized.figure(Arithmetic::quantized)));
  print_row("4-bit weights and activations, integers", percent(quantized.figure(Arithmetic::integer)));
  print_row("codes compared: reference, evaluator, C", str(result.comparison.values));
  print_row("differences", str(result.comparison.differences));
  print_row("time", format_duration(seconds_since(start)));
  std::cout << "\n  runs   " << float_run.path() << ", " << quantized_run.path() << "\n  C      "
            << c_directory << " (make check; memory.txt)\n";
  if (result.comparison.first) std::cout << "\n" << to_text(*result.comparison.first) << "\n";
  return result.exact() ? kSuccess : kFailure;
}

}  // namespace nibble
