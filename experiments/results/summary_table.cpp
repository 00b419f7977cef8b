#include "experiments/results/summary_table.h"

#include "experiments/results/summary_columns.h"

namespace nibble {
namespace {

// A field with a comma, quote or line break is quoted, and its quotes are doubled.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

Table table_of(const std::vector<SummarizedRun>& runs, const std::vector<SummaryColumn>& columns,
               bool all_columns) {
  Table table;
  table.rows.resize(runs.size());
  for (const SummaryColumn& column : columns) {
    if (!column.on_screen && !all_columns) continue;
    table.columns.push_back({column.name, column.number});
    for (std::size_t i = 0; i < runs.size(); ++i) table.rows[i].push_back(column.value(runs[i]));
  }
  return table;
}

}  // namespace

SummaryTable summary_table(const std::vector<SummarizedRun>& runs) {
  const std::vector<SummaryColumn> columns = columns_of(runs);
  return {table_of(runs, columns, false), table_of(runs, columns, true)};
}

std::string to_csv(const Table& table) {
  std::string text;
  const auto add = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) text += (i ? "," : "") + csv_field(row[i]);
    text += "\n";
  };
  std::vector<std::string> names;
  for (const TableColumn& column : table.columns) names.push_back(column.name);
  add(names);
  for (const auto& row : table.rows) add(row);
  return text;
}

}  // namespace nibble
