#include <filesystem>
#include <iomanip>
#include <iostream>

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

void print(const std::string& path, const QuantizerRecord& quantizer, int width) {
  const std::vector<long>& counts = quantizer.codes.counts;
  if (counts.empty() || quantizer.scale.empty()) return;
  const auto number = [](const std::vector<std::vector<double>>& series) {
    std::ostringstream text;
    if (!series.empty()) text << std::setprecision(4) << series.back().front();
    return text.str();
  };
  const int hi = quantizer.codes.lo + static_cast<int>(counts.size()) - 1;
  std::cout << std::left << std::setw(width) << path << std::setw(12) << str(quantizer.codes.lo, " .. ", hi)
            << std::right << std::setw(10) << number(quantizer.scale) << std::setw(11)
            << number(quantizer.shift) << "  |" << bars(counts) << "|\n";
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

  const auto is_weight = [](const std::string& name) { return name.ends_with("/weight"); };
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
