#include "experiments/results/summary_groups.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/check.h"
#include "core/suggest.h"
#include "experiments/config/config.h"
#include "experiments/process/terminal.h"
#include "experiments/results/config_text.h"
#include "experiments/results/student_t.h"
#include "experiments/results/summary_columns.h"

namespace nibble {
namespace {

using Group = std::vector<SummarizedRun>;

bool is_one_of(const std::string& key, const std::vector<std::string>& keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

// Keys that name another run.
bool names_a_run(const std::string& key) { return key == "model.start_from" || key == "train.teacher"; }

// <run.output>/<run.name>, as the key of another run names it; wherever the run lies now.
std::string written_to(const SummarizedRun& run) {
  const auto values = parse_config(complete_config(run.record.config_text));
  const auto output = values.find("run.output");
  return output == values.end() ? "" : output->second + "/" + run.record.name;
}

// Puts runs together. A run that goes on from another one of them is told by the group of that one, not by
// its path: the children of runs that differ in the seed differ in the seed only.
class Grouping {
 public:
  Grouping(const std::vector<SummarizedRun>& runs, const std::vector<std::string>& keys)
      : runs_(runs), keys_(keys), group_(runs.size()), open_(runs.size(), false) {
    for (std::size_t i = 0; i < runs.size(); ++i) place_[written_to(runs[i])] = i;
    for (std::size_t i = 0; i < runs.size(); ++i) group_of(i);
  }

  // In the order of their first runs.
  std::vector<Group> groups() const {
    std::vector<Group> groups;
    std::map<std::size_t, std::size_t> place;  // of a group's number
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const auto [at, is_new] = place.emplace(*group_[i], groups.size());
      if (is_new) groups.emplace_back();
      groups[at->second].push_back(runs_[i]);
    }
    return groups;
  }

 private:
  // The run that a path names, if it is one of these.
  std::optional<std::size_t> run_at(const std::string& path) const {
    const auto found = place_.find(path);
    return found == place_.end() ? std::nullopt : std::optional(found->second);
  }

  std::size_t group_of(std::size_t i) {
    if (group_[i]) return *group_[i];
    open_[i] = true;
    std::map<std::string, std::string> common;
    for (const auto& [key, value] : runs_[i].config) {
      if (value.empty() || key == "run.name" || is_one_of(key, keys_)) continue;
      const std::optional<std::size_t> other = names_a_run(key) ? run_at(value) : std::nullopt;
      common[key] = other && !open_[*other] ? str("group ", group_of(*other)) : value;
    }
    open_[i] = false;
    group_[i] = known_.emplace(std::move(common), known_.size()).first->second;
    return *group_[i];
  }

  const std::vector<SummarizedRun>& runs_;
  const std::vector<std::string>& keys_;
  std::map<std::map<std::string, std::string>, std::size_t> known_;  // what a group has in common, its number
  std::vector<std::optional<std::size_t>> group_;                    // by run
  std::map<std::string, std::size_t> place_;                         // by where a run was written to
  std::vector<bool> open_;                                           // its group is being looked for
};

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
  return column.name == "run" || column.name == "directory" || names_a_run(column.key) ? pattern_of(texts)
                                                                                       : join(texts, "/");
}

struct Statistics {
  long count = 0;
  // From two values on: the deviation, and half of the width of the interval of the mean.
  double mean = kNotMeasured, deviation = kNotMeasured, half_width = kNotMeasured;
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
  found.half_width =
      student_t_95(found.count) * found.deviation / std::sqrt(static_cast<double>(found.count));
  return found;
}

std::string for_people(const Statistics& figure, const Group& group) {
  std::string text = two_decimals(figure.mean);
  if (figure.count > 1)
    text += str(" ± ", two_decimals(figure.deviation), " [", two_decimals(figure.mean - figure.half_width),
                ", ", two_decimals(figure.mean + figure.half_width), "]");
  const bool some_lack_it = figure.count > 0 && figure.count < static_cast<long>(group.size());
  return some_lack_it ? str(text, " (", figure.count, ")") : text;
}

void add_row(SummaryTable& table, const Group& group, const std::vector<SummaryColumn>& columns) {
  std::vector<std::string> screen, file;
  for (const SummaryColumn& column : columns) {
    if (column.figure) {
      const Statistics figure = statistics_of(group, column);
      screen.push_back(for_people(figure, group));
      file.insert(file.end(), {two_decimals(figure.mean), two_decimals(figure.deviation),
                               std::to_string(figure.count), two_decimals(figure.mean - figure.half_width),
                               two_decimals(figure.mean + figure.half_width)});
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
  const std::vector<Group> groups = Grouping(runs, keys).groups();
  SummaryTable table;
  for (const SummaryColumn& column : columns) {
    if (column.on_screen) table.screen.columns.push_back({column.name, column.number});
    table.file.columns.push_back({column.name, column.number});
    if (!column.figure) continue;
    for (const char* end : {"_std", "_n", "_low", "_high"})
      table.file.columns.push_back({column.name + end, true});
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
