#include "experiments/results/summary_groups.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "core/suggest.h"
#include "experiments/process/terminal.h"
#include "experiments/results/summary_columns.h"

namespace nibble {
namespace {

using Group = std::vector<SummarizedRun>;

bool is_one_of(const std::string& key, const std::vector<std::string>& keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

std::vector<Group> groups_of(const std::vector<SummarizedRun>& runs, const std::vector<std::string>& keys) {
  std::vector<Group> groups;
  std::map<std::map<std::string, std::string>, std::size_t> known;  // what a group has in common, its number
  for (const SummarizedRun& run : runs) {
    auto common = run.config;
    std::erase_if(common, [&](const auto& entry) {
      return entry.second.empty() || entry.first == "run.name" || is_one_of(entry.first, keys);
    });
    const auto [group, is_new] = known.emplace(std::move(common), groups.size());
    if (is_new) groups.emplace_back();
    groups[group->second].push_back(run);
  }
  return groups;
}

// "lr0.1_seed*": what the texts have in common at both ends, and * for the rest.
std::string pattern_of(const std::vector<std::string>& texts) {
  std::string begin = texts.front(), end = texts.front();
  for (const std::string& text : texts) {
    begin.resize(static_cast<std::size_t>(
        std::mismatch(begin.begin(), begin.end(), text.begin(), text.end()).first - begin.begin()));
    const auto last = std::mismatch(end.rbegin(), end.rend(), text.rbegin(), text.rend()).first;
    end.erase(0, end.size() - static_cast<std::size_t>(last - end.rbegin()));
  }
  std::size_t shortest = texts.front().size();
  for (const std::string& text : texts) shortest = std::min(shortest, text.size());
  if (begin.size() + end.size() > shortest) end.erase(0, begin.size() + end.size() - shortest);
  return begin + "*" + end;
}

// One text for a column of a group.
std::string common_text(const Group& group, const SummaryColumn& column) {
  std::vector<std::string> texts;
  for (const SummarizedRun& run : group) {
    const std::string text = column.value(run);
    if (!is_one_of(text, texts)) texts.push_back(text);
  }
  if (texts.size() == 1) return texts.front();
  return column.name == "run" || column.name == "directory" ? pattern_of(texts) : join(texts, "/");
}

struct Statistics {
  long count = 0;
  double mean = kNotMeasured, deviation = kNotMeasured;  // deviation: from two values on
};

Statistics statistics_of(const Group& group, const SummaryColumn& column) {
  Statistics found;
  double sum = 0, squares = 0;
  for (const SummarizedRun& run : group) {
    const double value = column.figure(run);
    if (std::isnan(value)) continue;
    ++found.count;
    sum += value;
  }
  if (found.count == 0) return found;
  found.mean = sum / static_cast<double>(found.count);
  if (found.count == 1) return found;
  for (const SummarizedRun& run : group) {
    const double distance = column.figure(run) - found.mean;
    if (!std::isnan(distance)) squares += distance * distance;
  }
  found.deviation = std::sqrt(squares / static_cast<double>(found.count - 1));
  return found;
}

std::string for_people(const Statistics& figure, const Group& group) {
  std::string text = two_decimals(figure.mean);
  if (figure.count > 1) text += " ± " + two_decimals(figure.deviation);
  const bool some_lack_it = figure.count > 0 && figure.count < static_cast<long>(group.size());
  return some_lack_it ? str(text, " (", figure.count, ")") : text;
}

void add_row(SummaryTable& table, const Group& group, const std::vector<SummaryColumn>& columns) {
  std::vector<std::string> screen, file;
  for (const SummaryColumn& column : columns) {
    if (column.figure) {
      const Statistics figure = statistics_of(group, column);
      screen.push_back(for_people(figure, group));
      file.insert(file.end(),
                  {two_decimals(figure.mean), two_decimals(figure.deviation), std::to_string(figure.count)});
    } else {
      const std::string text = common_text(group, column);
      if (column.on_screen) screen.push_back(text);
      file.push_back(text);
    }
  }
  table.screen.rows.push_back(std::move(screen));
  table.file.rows.push_back(std::move(file));
}

}  // namespace

SummaryTable grouped_table(const std::vector<SummarizedRun>& runs, const std::vector<std::string>& keys) {
  std::vector<SummaryColumn> columns = columns_of(runs);
  std::erase_if(columns, [&](const SummaryColumn& column) { return is_one_of(column.key, keys); });
  const std::vector<Group> groups = groups_of(runs, keys);
  SummaryTable table;
  for (const SummaryColumn& column : columns) {
    if (column.on_screen) table.screen.columns.push_back({column.name, column.number});
    table.file.columns.push_back({column.name, column.number});
    if (!column.figure) continue;
    table.file.columns.push_back({column.name + "_std", true});
    table.file.columns.push_back({column.name + "_n", true});
  }
  for (const Group& group : groups) add_row(table, group, columns);
  for (Table* each : {&table.screen, &table.file}) {
    each->columns.insert(each->columns.begin() + 1, {"n", true});
    for (std::size_t i = 0; i < groups.size(); ++i)
      each->rows[i].insert(each->rows[i].begin() + 1, std::to_string(groups[i].size()));
  }
  return table;
}

}  // namespace nibble
