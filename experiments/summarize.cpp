#include "experiments/summarize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iomanip>

#include "core/atomic_file.h"
#include "core/check.h"
#include "experiments/results_file.h"

namespace nibble {
namespace {

constexpr std::size_t kColumns = 13;
using Row = std::array<std::string, kColumns>;

const Row kHeader = {"run",     "model",  "activation", "method",         "weight_bits",  "activation_bits",
                     "seed",    "epochs", "float_top1", "quantized_top1", "integer_top1", "config",
                     "revision"};
constexpr std::size_t kTableColumns = 11;  // config and revision are too wide for a terminal
constexpr std::size_t kFirstNumber = 4;    // numbers stand at the right of their column

std::string percent(double value) {
  if (std::isnan(value)) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

Row row_of(const RunRecord& run) {
  return {run.name,
          run.model,
          run.activation,
          run.method,
          std::to_string(run.weight_bits),
          std::to_string(run.activation_bits),
          std::to_string(run.seed),
          std::to_string(run.epochs.epoch.size()),
          percent(run.accuracy.float_top1),
          percent(run.accuracy.quantized_top1),
          percent(run.accuracy.integer_top1),
          run.config,
          run.revision};
}

// RFC 4180: a field with a comma, quote or line break is quoted, and its quotes are doubled.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string csv(const std::vector<Row>& rows) {
  std::string text;
  const auto add = [&](const Row& row) {
    for (std::size_t i = 0; i < kColumns; ++i) text += (i ? "," : "") + csv_field(row[i]);
    text += "\n";
  };
  add(kHeader);
  for (const Row& row : rows) add(row);
  return text;
}

void print_table(const std::vector<Row>& rows, std::ostream& out) {
  std::array<std::size_t, kTableColumns> width{};
  const auto widen = [&](const Row& row) {
    for (std::size_t i = 0; i < kTableColumns; ++i) width[i] = std::max(width[i], row[i].size());
  };
  const auto print = [&](const Row& row) {
    for (std::size_t i = 0; i < kTableColumns; ++i) {
      out << (i ? "  " : "") << (i < kFirstNumber ? std::left : std::right)
          << std::setw(static_cast<int>(width[i])) << row[i];
    }
    out << '\n';
  };
  widen(kHeader);
  for (const Row& row : rows) widen(row);
  print(kHeader);
  for (const Row& row : rows) print(row);
}

std::vector<std::string> find_runs(const std::string& directory) {
  std::vector<std::string> paths;
  try {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
      if (entry.path().filename() == "run.h5") paths.push_back(entry.path().string());
    }
  } catch (const std::filesystem::filesystem_error& error) {
    fail(error.path1().string(), ": cannot be listed: ", error.code().message());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

Summary summarize(const std::string& directory, std::ostream& out) {
  const std::vector<std::string> paths = find_runs(directory);
  check(!paths.empty(), directory,
        ": found no run.h5 in it or below, expected the results of at least one run");
  Summary summary;
  std::vector<Row> rows;
  for (const std::string& path : paths) {
    try {
      rows.push_back(row_of(read_run(path)));
    } catch (const Error& error) {
      summary.skipped.push_back(error.what());
    }
  }
  check(!rows.empty(), directory, ": none of ", paths.size(), " run.h5 can be read; ",
        summary.skipped.empty() ? "" : summary.skipped.front());
  // Runs of one name stay in the order of their paths.
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a[0] < b[0]; });
  summary.runs = static_cast<int>(rows.size());
  print_table(rows, out);
  for (const std::string& sentence : summary.skipped) out << "skipped: " << sentence << '\n';
  write_text_atomically((std::filesystem::path(directory) / "summary.csv").string(), csv(rows));
  return summary;
}

}  // namespace nibble
