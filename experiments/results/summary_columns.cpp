#include "experiments/results/summary_columns.h"

#include <algorithm>
#include <cmath>

#include "experiments/process/terminal.h"

namespace nibble {
namespace {

std::string value_of(const SummarizedRun& run, const std::string& key) {
  const auto found = run.config.find(key);
  return found == run.config.end() ? "" : found->second;
}

// What was quantized: all | products.
std::string scope(const SummarizedRun& run) {
  if (run.record.method == "none") return "";
  const std::string found = value_of(run, "quant.scope");
  return found.empty() ? "all" : found;
}

// The columns of what a run is.
std::vector<SummaryColumn> identity_columns(const TaskOutline& task) {
  using Run = SummarizedRun;
  const auto asked_for = [&](const char* name) {
    return std::find(task.columns.begin(), task.columns.end(), name) != task.columns.end();
  };
  std::vector<SummaryColumn> columns;
  const auto text = [&](const char* name, const char* key, auto value) {
    columns.push_back({.name = name, .value = value, .key = key});
  };
  const auto number = [&](const char* name, const char* key, auto value) {
    columns.push_back({.name = name, .value = value, .number = true, .key = key});
  };
  text("run", "run.name", [](const Run& run) { return run.record.name; });
  text("model", "model.kind", [](const Run& run) { return run.record.model; });
  if (asked_for("activation"))
    text("activation", "model.activation", [](const Run& run) { return run.record.activation; });
  text("method", "quant.method", [](const Run& run) { return run.record.method; });
  number("weight_bits", "quant.weight_bits", [](const Run& run) { return run.weight_bits; });
  number("activation_bits", "quant.activation_bits", [](const Run& run) { return run.activation_bits; });
  if (asked_for("scope")) text("scope", "quant.scope", scope);
  number("seed", "run.seed", [](const Run& run) { return std::to_string(run.record.seed); });
  number("epochs", "train.epochs",
         [](const Run& run) { return std::to_string(run.record.epochs.epoch.size()); });
  return columns;
}

void add_figures(std::vector<SummaryColumn>& columns, const TaskOutline& task) {
  for (std::size_t i = 0; i < task.metrics.size(); ++i) {
    for (const Arithmetic arithmetic : kArithmetics) {
      const auto figure = [arithmetic, i](const SummarizedRun& run) {
        return run.record.figure(arithmetic, i);
      };
      columns.push_back({.name = figure_name(arithmetic, task.metrics[i]),
                         .value = [figure](const SummarizedRun& run) { return two_decimals(figure(run)); },
                         .number = true,
                         .figure = figure,
                         .better = task.metrics[i].better});
    }
  }
}

}  // namespace

std::string two_decimals(double value) { return std::isnan(value) ? "" : format_fixed(value, 2); }

std::vector<SummaryColumn> columns_of(const std::vector<SummarizedRun>& runs) {
  using Run = SummarizedRun;
  // Runs of many classes have metrics that those of few have not.
  const auto most = std::max_element(runs.begin(), runs.end(), [](const Run& a, const Run& b) {
    return a.record.task.metrics.size() < b.record.task.metrics.size();
  });
  const TaskOutline& task = most->record.task;
  std::vector<SummaryColumn> columns = identity_columns(task);
  add_figures(columns, task);
  const bool named_alike =
      std::all_of(runs.begin(), runs.end(), [](const Run& run) { return run.directory == run.record.name; });
  columns.push_back(
      {.name = "config", .value = [](const Run& run) { return run.record.config; }, .on_screen = false});
  columns.push_back(
      {.name = "revision", .value = [](const Run& run) { return run.record.revision; }, .on_screen = false});
  columns.push_back({.name = "dataset",
                     .value = [](const Run& run) { return value_of(run, "dataset.kind"); },
                     .key = "dataset.kind"});
  columns.push_back({.name = "directory",
                     .value = [](const Run& run) { return run.directory; },
                     .on_screen = !named_alike});
  for (const std::string& key : varying_keys(runs)) {
    const bool shown = std::any_of(columns.begin(), columns.end(),
                                   [&](const SummaryColumn& column) { return column.key == key; });
    if (shown) continue;
    columns.push_back(
        {.name = key, .value = [key](const Run& run) { return value_of(run, key); }, .key = key});
  }
  return columns;
}

}  // namespace nibble
