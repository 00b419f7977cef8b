#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <iostream>

#include "core/files/atomic_file.h"
#include "experiments/process/signals.h"
#include "experiments/process/terminal.h"
#include "experiments/results/csv.h"
#include "experiments/sensitivity/bit_budget.h"
#include "experiments/sensitivity/sensitivity_plot.h"
#include "experiments/sensitivity/sensitivity_table.h"
#include "experiments/training/loaded_run.h"
#include "experiments/verbs/arguments.h"
#include "layers/network/quantize.h"

namespace nibble {

namespace {

struct SensitivityOptions {
  long samples = 256;
  std::string csv, plot;  // files
  double budget = 0;      // 0: no proposal
};

void describe(Options& options, SensitivityOptions& asked) {
  options.add("samples", asked.samples,
              "Images, or tokens of a text, on which outputs are compared: the first ones of the validation "
              "split, or of the test split where there is no other.",
              at_least(1));
  options.add("csv", asked.csv,
              "Write all figures to this file, a line a measurement: layer, what, bits, values, snr_db, and "
              "the metric.");
  options.add("plot", asked.plot, "Draw the signal-to-noise of all layers into this file, as SVG.");
  options.add("budget", asked.budget,
              "Propose 2, 3, 4 or 8 bits for each layer between the first and the last, so that weights and "
              "activations each have at most so many bits on average, 2 to 8, and little noise, which is "
              "taken to add up. Prints lines of quant.override, and measures the network that they make. 0: "
              "no proposal.",
              at_least(0));
}

void check_file(const std::string& option, const std::string& file) {
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  if (!folder.empty() && !std::filesystem::is_directory(folder))
    usage_error("sensitivity: found ", option, " ", file, ", expected a folder that exists in front of it");
}

// What an hour of measuring shall not end with.
void check_asked(const SensitivityOptions& asked) {
  check_file("--csv", asked.csv);
  check_file("--plot", asked.plot);
  if (asked.budget != 0 && (asked.budget < kProbedBits.front() || asked.budget > kProbedBits.back()))
    usage_error("sensitivity: found --budget ", asked.budget, ", expected from 2 to 8 bits");
}

LoadedRun load(const Words& words, SensitivityOptions& asked, std::string& source) {
  Options options;
  describe(options, asked);
  const RunOrConfig given = read_run_or_config(options, words, "sensitivity", {"--csv", "--plot"});
  source = given.path;
  check_asked(asked);
  return given.config ? load_float_start(*given.config, "sensitivity") : load_float_run(source);
}

// The policy whose quantizers are tried.
QuantPolicy tried_policy(const LoadedRun& run) {
  QuantPolicy policy = run.config.quant;
  if (policy.method == QuantMethod::pact || policy.method == QuantMethod::dorefa)
    usage_error("sensitivity: found quant.method = ", name(policy.method),
                ", whose weights mean nothing without their quantizers, expected learned_scale_shift, lsq, "
                "lsq_plus or none");
  if (policy.method == QuantMethod::none) policy.method = QuantMethod::learned_scale_shift;
  return policy;
}

// On a terminal, a line that is redrawn: "17 of 96: layer1/0/conv1, weight at 3 bits, 0:40 left".
class MeasurementLine {
 public:
  void show(const ProbedPart& part, int bits, long done, long all) {
    if (!terminal_.interactive) return;
    const auto now = std::chrono::steady_clock::now();
    if (done == 0) begin_ = now;  // calibration is over
    const double seconds = std::chrono::duration<double>(now - begin_).count();
    std::string line =
        str(done + 1, " of ", all, ": ", part.layer, ", ", name(part.part.kind), " at ", bits, " bits");
    if (done > 0)
      line += ", " + format_duration(seconds / static_cast<double>(done) * static_cast<double>(all - done)) +
              " left";
    erase();
    std::cerr << line.substr(0, static_cast<std::size_t>(terminal_.columns - 1)) << std::flush;
  }
  void erase() const {
    if (terminal_.interactive) std::cerr << "\r\x1b[K" << std::flush;
  }

 private:
  const Terminal terminal_ = describe_terminal();
  std::chrono::steady_clock::time_point begin_{};
};

void write_file(const std::string& file, const std::string& text) {
  write_text_atomically(file, text);
  std::cout << "written: " << file << "\n";
}

std::string shown_mean(const MeanBits& mean) {
  return format_fixed(mean.chosen, 2) + " bits (" + format_fixed(mean.all, 2) +
         " with the first and the last layer)";
}

// The whole network as a policy quantizes it, beside the float one.
std::string judged(const LoadedRun& run, const OutputProbe& probe, const QuantPolicy& policy) {
  Network network = run.network;  // shares the weights
  quantize(network, policy);
  const Sample sample = run.task->calibration_sample(run.config.calibration_samples);
  initialize_quantizers(network, sample.x, sample.sequences, true);
  const Deviation deviation = probe(network);
  return format_fixed(deviation.snr_db(), 1) + " dB, " +
         shown(run.task->outline().metrics.front(), deviation.metric);
}

void print_proposal(const LoadedRun& run, const OutputProbe& probe, const QuantPolicy& policy,
                    const Sensitivity& sensitivity, double budget) {
  const BitProposal proposal = propose_bits(sensitivity, budget);
  std::cout << "\n"
            << on_screen(str("proposal for a budget of ", format_value(budget), " bits: weights on average ",
                             shown_mean(proposal.weights), ", activations ", shown_mean(proposal.activations),
                             "; if noise adds up, that of these layers is ",
                             format_fixed(-10 * std::log10(proposal.noise), 1), " dB below the signal"))
            << "[quant]\n";
  for (const std::string& value : override_values(proposal.overrides))
    std::cout << "override = " << value << "\n";
  QuantPolicy proposed = policy, even = policy;
  proposed.overrides.insert(proposed.overrides.end(), proposal.overrides.begin(), proposal.overrides.end());
  even.weight_bits = even.activation_bits = static_cast<int>(budget);
  even.overrides.clear();
  std::cout << on_screen(str("all quantizers at once, calibrated only: ", judged(run, probe, proposed),
                             " with these lines; ", judged(run, probe, even), " with ", even.weight_bits,
                             " bits in all of these layers"));
}

}  // namespace

int sensitivity_verb(const Words& words) {
  std::string source;
  SensitivityOptions asked;
  LoadedRun run = load(words, asked, source);
  const QuantPolicy policy = tried_policy(run);
  const std::vector<LayerPart> parts = layer_parts(run.network, policy);
  if (asked.budget != 0 && std::ranges::all_of(parts, &LayerPart::edge))
    usage_error(
        "sensitivity: found --budget for a network without a layer between its first and its last with "
        "weights, expected one whose bits can be chosen");

  const SignalWatch signals;
  const OutputProbe probe(run.network, *run.task, asked.samples);
  MeasurementLine line;
  const Sensitivity sensitivity =
      measure_sensitivity(run.network, *run.task, probe, parts, policy.border, run.config.calibration_samples,
                          [&](const ProbedPart& part, int bits, long done, long all) {
                            line.show(part, bits, done, all);
                            return !stop_requested();
                          });
  line.erase();
  const bool quantized_run =
      std::filesystem::is_directory(source) && run.config.quant.method != QuantMethod::none;
  std::cout << on_screen(str(source, quantized_run ? ", its weights without quantizers" : "", ": float ",
                             shown(sensitivity.metric, sensitivity.float_metric), " on ", sensitivity.samples,
                             "; quantizers are those of ", name(policy.method), ", one at a time"));
  print(sensitivity_table(sensitivity), std::cout, output_columns());
  if (!asked.csv.empty()) write_file(asked.csv, to_csv(sensitivity_rows(sensitivity)));
  if (!asked.plot.empty() && !sensitivity.parts.empty())
    write_file(asked.plot, sensitivity_svg(sensitivity, run.config.run.name));
  if (sensitivity.parts.size() < parts.size()) {
    std::cerr << "stopped behind " << sensitivity.parts.size() << " of " << parts.size()
              << " parts of the network; the same command begins anew\n";
    return kInterrupted;
  }
  if (asked.budget != 0) print_proposal(run, probe, policy, sensitivity, asked.budget);
  return kSuccess;
}

}  // namespace nibble
