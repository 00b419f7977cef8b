#include "experiments/results/table_formats.h"

#include <functional>

#include "experiments/config/option_value.h"

namespace nibble {
namespace {

std::string row_of(const std::vector<std::string>& cells, const std::string& begin,
                   const std::string& between, const std::string& end,
                   const std::function<std::string(const std::string&)>& escaped) {
  std::string row = begin;
  for (std::size_t i = 0; i < cells.size(); ++i) row += (i > 0 ? between : "") + escaped(cells[i]);
  return row + end + "\n";
}

std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const TableColumn& column : table.columns) names.push_back(column.name);
  return names;
}

std::string for_markdown(const std::string& text) {
  std::string escaped;
  for (const char c : text)
    escaped +=
        std::string("|*_\\<`").find(c) == std::string::npos ? std::string(1, c) : std::string("\\") + c;
  return escaped;
}

std::string for_latex(const std::string& text) {
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (text.compare(i, 2, "±") == 0) {
      escaped += "$\\pm$";
      ++i;
    } else if (c == '\\') {
      escaped += "\\textbackslash{}";
    } else if (c == '~' || c == '^') {
      escaped += std::string("\\") + c + "{}";
    } else {
      escaped +=
          std::string("&%$#_{}").find(c) == std::string::npos ? std::string(1, c) : std::string("\\") + c;
    }
  }
  return escaped;
}

}  // namespace

std::string to_markdown(const Table& table) {
  std::string text = row_of(names_of(table), "| ", " | ", " |", for_markdown), rule = "|";
  for (const TableColumn& column : table.columns) rule += column.number ? " ---: |" : " --- |";
  text += rule + "\n";
  for (const auto& row : table.rows) text += row_of(row, "| ", " | ", " |", for_markdown);
  return text;
}

std::string to_latex(const Table& table) {
  std::string columns;
  for (const TableColumn& column : table.columns) columns += column.number ? "r" : "l";
  std::string text = "\\begin{tabular}{" + columns + "}\n\\toprule\n";
  text += row_of(names_of(table), "", " & ", " \\\\", for_latex) + "\\midrule\n";
  for (const auto& row : table.rows) text += row_of(row, "", " & ", " \\\\", for_latex);
  return text + "\\bottomrule\n\\end{tabular}\n";
}

nlohmann::ordered_json to_json(const Table& table) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const auto& row : table.rows) {
    nlohmann::ordered_json object = nlohmann::ordered_json::object();
    for (std::size_t i = 0; i < row.size(); ++i) {
      double number = 0;
      long whole = 0;
      nlohmann::ordered_json& cell = object[table.columns[i].name];
      if (row[i].empty()) continue;  // null
      if (table.columns[i].number && parse_value(row[i], whole)) {
        cell = whole;
      } else if (table.columns[i].number && parse_value(row[i], number)) {
        cell = number;
      } else {
        cell = row[i];
      }
    }
    rows.push_back(std::move(object));
  }
  return rows;
}

}  // namespace nibble
