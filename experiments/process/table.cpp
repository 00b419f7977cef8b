#include "experiments/process/table.h"

#include <algorithm>

namespace nibble {
namespace {

// Characters of a text in UTF-8: bytes that do not go on with the one before.
std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::vector<std::size_t> widths(const Table& table) {
  std::vector<std::size_t> width;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    width.push_back(characters(table.columns[i].name));
    for (const auto& row : table.rows) width[i] = std::max(width[i], characters(row[i]));
  }
  return width;
}

// Columns that stand side by side: the first one, and at least one of the others.
using ColumnBlock = std::vector<std::size_t>;

std::vector<ColumnBlock> blocks(const std::vector<std::size_t>& width, std::size_t limit) {
  std::vector<ColumnBlock> all{{0}};
  std::size_t used = width.front();
  for (std::size_t i = 1; i < width.size(); ++i) {
    if (limit > 0 && all.back().size() > 1 && used + 2 + width[i] > limit) {
      all.push_back({0});
      used = width.front();
    }
    all.back().push_back(i);
    used += 2 + width[i];
  }
  return all;
}

}  // namespace

void print(const Table& table, std::ostream& out, int width) {
  const std::vector<std::size_t> columns = widths(table);
  std::vector<std::string> names;
  for (const TableColumn& column : table.columns) names.push_back(column.name);
  bool first = true;
  for (const ColumnBlock& block : blocks(columns, static_cast<std::size_t>(width))) {
    const auto print_row = [&](const std::vector<std::string>& row) {
      std::string line;
      for (const std::size_t i : block) {
        const std::string blanks(columns[i] - characters(row[i]), ' ');
        line += (i == 0 ? "" : "  ") + (table.columns[i].number ? blanks + row[i] : row[i] + blanks);
      }
      out << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
    };
    if (!first) out << '\n';
    first = false;
    print_row(names);
    for (const auto& row : table.rows) print_row(row);
  }
}

}  // namespace nibble
