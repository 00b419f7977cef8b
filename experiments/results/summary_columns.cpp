#include "experiments/results/summary_columns.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "experiments/results/config_text.h"

namespace nibble {
namespace {

std::string two_decimals(double value) {
  if (std::isnan(value)) return "";
  char text[64];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

// What was quantized: all | products.
std::string scope(const RunRecord& run) {
  if (run.method == "none") return "";
  const auto values = parse_config(run.config_text);
  const auto found = values.find("quant.scope");
  return found == values.end() ? "all" : found->second;
}

}  // namespace

std::vector<SummaryColumn> columns_of(const TaskOutline& task) {
  std::vector<SummaryColumn> columns;
  const auto text = [&](const char* name, auto value) { columns.push_back({name, value}); };
  const auto number = [&](const char* name, auto value) {
    columns.push_back({name, [value](const RunRecord& run) { return std::to_string(value(run)); }, true});
  };
  const auto asked_for = [&](const char* name) {
    return std::find(task.columns.begin(), task.columns.end(), name) != task.columns.end();
  };
  text("run", [](const RunRecord& run) { return run.name; });
  text("model", [](const RunRecord& run) { return run.model; });
  if (asked_for("activation")) text("activation", [](const RunRecord& run) { return run.activation; });
  text("method", [](const RunRecord& run) { return run.method; });
  number("weight_bits", [](const RunRecord& run) { return run.weight_bits; });
  number("activation_bits", [](const RunRecord& run) { return run.activation_bits; });
  if (asked_for("scope")) text("scope", scope);
  number("seed", [](const RunRecord& run) { return run.seed; });
  number("epochs", [](const RunRecord& run) { return run.epochs.epoch.size(); });
  for (std::size_t i = 0; i < task.metrics.size(); ++i) {
    for (const Arithmetic arithmetic : kArithmetics) {
      const auto value = [arithmetic, i](const RunRecord& run) {
        return two_decimals(run.figure(arithmetic, i));
      };
      columns.push_back({figure_name(arithmetic, task.metrics[i]), value, true});
    }
  }
  columns.push_back({"config", [](const RunRecord& run) { return run.config; }, false, false});
  columns.push_back({"revision", [](const RunRecord& run) { return run.revision; }, false, false});
  return columns;
}

}  // namespace nibble
