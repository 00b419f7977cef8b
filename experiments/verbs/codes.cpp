#include <algorithm>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <sstream>

#include "experiments/results/results_file.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

namespace {

// One character a code, up to 64 of them (wider grids in equal parts): its height is the share of the most
// used.
std::string bars(const std::vector<long>& counts) {
  static const char* const kHeights[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::size_t width = std::min<std::size_t>(counts.size(), 64),
                    part = (counts.size() + width - 1) / width;
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
  std::ostringstream text;
  text << std::setprecision(4) << sum / static_cast<double>(series.back().size());
  return text.str();
}

// Activations are shown on their whole grid, weights between the outermost codes that they have.
void print(const std::string& path, const QuantizerRecord& quantizer, int width) {
  if (quantizer.codes.counts.empty() || quantizer.scale.empty()) return;
  const CodeHistogram codes = is_weight(path) ? trimmed(quantizer.codes) : quantizer.codes;
  const std::vector<long>& counts = codes.counts;
  const int hi = codes.lo + static_cast<int>(counts.size()) - 1;
  std::cout << std::left << std::setw(width) << path << std::setw(12) << str(codes.lo, " .. ", hi)
            << std::right << std::setw(10) << last_mean(quantizer.scale) << std::setw(11)
            << last_mean(quantizer.shift) << "  |" << bars(counts) << "|\n";
}

}  // namespace

int codes_verb(const Words& words) {
  bool weights = false;
  Options options;
  options.add_switch("weights", weights, "Show the weights' quantizers too.");
  const CommandLine line = read_command_line(options, words);
  options.apply(line.settings);
  std::string path = only_argument(line, "codes");
  if (std::filesystem::is_directory(path)) path = (std::filesystem::path(path) / "run.h5").string();
  const RunRecord record = read_run(path);
  check(!record.quantizers.empty(), path, ": found no quantizers, expected a quantized run");

  std::size_t width = 9;
  for (const auto& [name, quantizer] : record.quantizers) width = std::max(width, name.size());
  const int column = static_cast<int>(width) + 2;
  std::cout << record.name << ": " << record.method << ", " << record.model << " with " << record.activation
            << "\n"
            << std::left << std::setw(column) << "quantizer" << std::setw(12) << "codes" << std::right
            << std::setw(10) << "scale" << std::setw(11) << "shift"
            << "   how often each code is used\n";
  for (const auto& [name, quantizer] : record.quantizers) {
    if (weights || !is_weight(name)) print(name, quantizer, column);
  }
  return kSuccess;
}

}  // namespace nibble
