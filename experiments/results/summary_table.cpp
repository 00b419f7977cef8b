#include "experiments/results/summary_table.h"

#include <algorithm>
#include <iomanip>

namespace nibble {
namespace {

// A field with a comma, quote or line break is quoted, and its quotes are doubled.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::vector<std::string> header(const SummaryTable& table) {
  std::vector<std::string> names;
  for (const SummaryColumn& column : table.columns) names.push_back(column.name);
  return names;
}

}  // namespace

SummaryTable summary_table(const std::vector<RunRecord>& runs) {
  SummaryTable table{columns_of(runs.front().task), {}};
  for (const RunRecord& run : runs) {
    std::vector<std::string>& row = table.rows.emplace_back();
    for (const SummaryColumn& column : table.columns) row.push_back(column.value(run));
  }
  return table;
}

std::string to_csv(const SummaryTable& table) {
  std::string text;
  const auto add = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) text += (i ? "," : "") + csv_field(row[i]);
    text += "\n";
  };
  add(header(table));
  for (const auto& row : table.rows) add(row);
  return text;
}

void print_table(const SummaryTable& table, std::ostream& out) {
  std::vector<std::size_t> width;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    width.push_back(table.columns[i].name.size());
    for (const auto& row : table.rows) width[i] = std::max(width[i], row[i].size());
  }
  const auto print = [&](const std::vector<std::string>& row) {
    bool first = true;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (!table.columns[i].on_screen) continue;
      out << (first ? "" : "  ") << (table.columns[i].number ? std::right : std::left)
          << std::setw(static_cast<int>(width[i])) << row[i];
      first = false;
    }
    out << '\n';
  };
  print(header(table));
  for (const auto& row : table.rows) print(row);
}

}  // namespace nibble
