#include "experiments/report/study_json.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "experiments/report/curves_json.h"
#include "experiments/report/json_numbers.h"
#include "experiments/report/run_json.h"
#include "experiments/report/run_state.h"
#include "experiments/results/found_runs.h"
#include "experiments/results/summary_columns.h"

namespace nibble::report {
namespace {

using json = nlohmann::ordered_json;

json columns_json(const std::vector<SummaryColumn>& columns) {
  json list = json::array();
  for (const SummaryColumn& column : columns)
    list.push_back({{"name", column.name},
                    {"number", column.number},
                    {"on_screen", column.on_screen},
                    {"key", column.key},
                    {"figure", static_cast<bool>(column.figure)}});
  return list;
}

json run_of_table(const SummarizedRun& run, const std::vector<SummaryColumn>& columns,
                  const std::vector<std::string>& keys) {
  json cells = json::array(), config = json::array(), figures = json::object();
  for (const SummaryColumn& column : columns) {
    cells.push_back(column.value(run));
    if (!column.figure) continue;
    const double figure = column.figure(run);
    if (!std::isnan(figure)) figures[column.name] = short_number(figure, 8);
  }
  for (const std::string& key : keys) {
    const auto found = run.config.find(key);
    config.push_back(found == run.config.end() ? json(nullptr) : json(found->second));
  }
  return {{"name", run.record.name},
          {"cells", std::move(cells)},
          {"config", std::move(config)},
          {"figures", std::move(figures)}};
}

// Takes the axes out of curves, and leaves their numbers.
class Axes {
 public:
  void take_from(json& curves) {
    for (json& group : curves) {
      std::string text = group["x"].dump();
      const auto [found, is_new] = numbers_.try_emplace(std::move(text), list_.size());
      if (is_new) list_.push_back(std::move(group["x"]));
      group["x"] = found->second;
    }
  }
  json list() && { return std::move(list_); }

 private:
  std::map<std::string, std::size_t> numbers_;
  json list_ = json::array();
};

json table_json(const std::string& directory, const std::vector<SummarizedRun>& runs,
                std::map<std::string, json>& curves) {
  const std::vector<SummaryColumn> columns = columns_of(runs);
  const std::vector<std::string> keys = varying_keys(runs);
  json list = json::array();
  Axes axes;
  const TaskOutline* task = &runs.front().record.task;
  for (const SummarizedRun& run : runs) {
    if (run.record.task.metrics.size() > task->metrics.size()) task = &run.record.task;
    json entry = run_of_table(run, columns, keys);
    entry["state"] = state_of((std::filesystem::path(directory) / run.directory).string());
    json& of_run = curves[run.directory];
    axes.take_from(of_run);
    entry["curves"] = std::move(of_run);
    list.push_back(std::move(entry));
  }
  return {{"task", task_json(*task)},
          {"columns", columns_json(columns)},
          {"keys", keys},
          {"runs", std::move(list)},
          {"axes", std::move(axes).list()}};
}

}  // namespace

std::size_t points_of_study(std::size_t runs) {
  constexpr std::size_t kCurves = 5;  // of a run: losses of steps and epochs, and a metric
  return std::clamp<std::size_t>(kStudyValues / (kCurves * std::max<std::size_t>(1, runs)), 50, 1000);
}

json study_json(const std::string& directory) {
  const RunFiles files = find_run_files(directory);
  const std::size_t points = points_of_study(files.paths.size());
  std::map<std::string, json> curves;  // by directory
  // What a study does not show is dropped at once: all runs together may not fit into memory.
  const auto lighten = [&](SummarizedRun& run) {
    RunRecord& record = run.record;
    curves[run.directory] =
        curves_json(record, {.points = points, .digits = 5, .extremes = false, .of_study = true});
    record.steps = {};
    record.quantizers.clear();
    record.confusion = {};
    record.curves = {};
  };
  const FoundRuns found = read_runs(directory, files, lighten);
  json tables = json::array();
  for (const auto& [kind, runs] : found.by_kind) tables.push_back(table_json(directory, runs, curves));
  return {
      {"runs", found.count}, {"points", points}, {"skipped", found.skipped}, {"tables", std::move(tables)}};
}

}  // namespace nibble::report
