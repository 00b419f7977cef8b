#include "experiments/results/summary_sort.h"

#include <algorithm>
#include <numeric>

#include "experiments/config/option_value.h"

namespace nibble {
namespace {

// Whether a cell stands in front of another one.
bool in_front(const std::string& a, const std::string& b, bool downwards) {
  if (a.empty() || b.empty()) return !a.empty() && b.empty();
  double x = 0, y = 0;
  if (parse_value(a, x) && parse_value(b, y)) return downwards ? x > y : x < y;
  return downwards ? a > b : a < b;
}

void reorder(Table& table, const std::vector<std::size_t>& order) {
  std::vector<std::vector<std::string>> rows;
  for (const std::size_t i : order) rows.push_back(std::move(table.rows[i]));
  table.rows = std::move(rows);
}

}  // namespace

bool sort_rows(SummaryTable& table, const std::string& name, const std::vector<SummaryColumn>& columns) {
  const auto column = std::find_if(table.file.columns.begin(), table.file.columns.end(),
                                   [&](const TableColumn& c) { return c.name == name; });
  if (column == table.file.columns.end()) return false;
  const auto at = static_cast<std::size_t>(column - table.file.columns.begin());
  const bool downwards = std::any_of(columns.begin(), columns.end(), [&](const SummaryColumn& c) {
    return c.name == name && c.figure && c.better == Better::up;
  });
  std::vector<std::size_t> order(table.file.rows.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return in_front(table.file.rows[a][at], table.file.rows[b][at], downwards);
  });
  reorder(table.screen, order);
  reorder(table.file, order);
  return true;
}

}  // namespace nibble
