#include <fmt/format.h>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "experiments/process/table.h"
#include "experiments/process/terminal.h"
#include "experiments/results/results_file.h"
#include "experiments/training/loaded_run.h"
#include "experiments/training/quantizer_monitor.h"
#include "experiments/training/run_record.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

namespace {

// One character a code, up to `width` of them (wider grids in equal parts): its height is the share of the
// most used.
std::string bars(const std::vector<long>& counts, std::size_t width) {
  static const char* const kHeights[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  width = std::min(counts.size(), width);
  const std::size_t part = (counts.size() + width - 1) / width;
  std::vector<long> sums;
  for (std::size_t i = 0; i < counts.size(); i += part) {
    long sum = 0;
    for (std::size_t k = i; k < std::min(i + part, counts.size()); ++k) sum += counts[k];
    sums.push_back(sum);
  }
  const long most = std::max(*std::max_element(sums.begin(), sums.end()), 1L);
  std::string text;
  for (const long sum : sums) text += kHeights[sum == 0 ? 0 : 1 + 7 * sum / most];
  return text;
}

// Without the codes at both ends that do not occur.
CodeHistogram trimmed(const CodeHistogram& codes) {
  const auto occurs = [](long count) { return count > 0; };
  const auto first = std::find_if(codes.counts.begin(), codes.counts.end(), occurs);
  if (first == codes.counts.end()) return codes;
  const auto last = std::find_if(codes.counts.rbegin(), codes.counts.rend(), occurs).base();
  return {codes.lo + static_cast<int>(first - codes.counts.begin()), std::vector<long>(first, last)};
}

bool is_weight(const std::string& path) { return path.ends_with("/weight"); }

// Of the last epoch, the mean over the channels.
std::string last_mean(const std::vector<std::vector<double>>& series) {
  if (series.empty()) return "";
  double sum = 0;
  for (const double channel : series.back()) sum += channel;
  return fmt::format("{:.4g}", sum / static_cast<double>(series.back().size()));
}

// Characters for the bars of a quantizer beside the longest path.
std::size_t bars_width(const RunRecord& record, int columns) {
  std::size_t longest = 0, width = 64;
  for (const auto& [path, quantizer] : record.quantizers) longest = std::max(longest, path.size());
  while (columns > 0 && width > 16 && longest + 4 + width > static_cast<std::size_t>(columns)) width /= 2;
  return width;
}

// Activations are shown on their whole grid, weights between the outermost codes that they have.
void add_row(Table& table, const std::string& path, const QuantizerRecord& quantizer, std::size_t width) {
  if (quantizer.codes.counts.empty() || quantizer.scale.empty()) return;
  const CodeHistogram codes = is_weight(path) ? trimmed(quantizer.codes) : quantizer.codes;
  const int hi = codes.lo + static_cast<int>(codes.counts.size()) - 1;
  table.rows.push_back({path, str(codes.lo, " .. ", hi), last_mean(quantizer.scale),
                        last_mean(quantizer.shift), "|" + bars(codes.counts, width) + "|"});
}

// A run that was calibrated, or that ended before its first evaluation, has no epoch to tell of. Its network
// is there, so it is looked at now.
void observe_now(RunRecord& record, const std::string& directory) {
  std::cerr << "the run holds no epoch; its quantizers are looked at now, on training samples\n";
  LoadedRun run = load_run(directory);
  const Sample sample = run.task->calibration_sample(run.config.calibration_samples);
  record_quantizers(record, observe_quantizers(run.network, sample.x, sample.sequences));
}

}  // namespace

int codes_verb(const Words& words) {
  bool weights = false;
  Options options;
  options.add_switch("weights", weights, "Show the weights' quantizers too.");
  const CommandLine line = apply_words(options, words, "codes");
  std::filesystem::path path = only_argument(line, "codes");
  if (std::filesystem::is_directory(path)) path /= "run.h5";
  RunRecord record = read_run(path.string());
  check(record.method != name(QuantMethod::none), path.string(),
        ": found no quantizers, expected a quantized run");
  if (record.quantizers.empty()) observe_now(record, (path.parent_path() / ".").string());

  const std::size_t width = bars_width(record, output_columns());
  Table table{{{"quantizer"}, {"codes"}, {"scale", true}, {"shift", true}, {"how often each code is used"}}};
  for (const auto& [quantizer, state] : record.quantizers)
    if (weights || !is_weight(quantizer)) add_row(table, quantizer, state, width);
  std::cout << record.name << ": " << record.method << ", " << record.model << " with " << record.activation
            << "\n";
  print(table, std::cout, output_columns());
  return kSuccess;
}

}  // namespace nibble
