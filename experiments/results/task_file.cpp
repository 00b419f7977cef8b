#include "experiments/results/task_file.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "core/check.h"
#include "core/suggest.h"

namespace nibble {
namespace {

std::string group_of(const std::string& root, std::size_t metric) {
  return str(root, "/task/metrics/", metric);
}

// Of a file that does not say what its task is.
TaskOutline guess_task(const Hdf5File& file, const std::string& root) {
  const bool text = file.exists(root + "/perplexity") || file.exists(root + "/steps/tokens_per_second") ||
                    file.exists(root + "/epochs/valid_loss");
  return text ? text_outline() : image_outline();
}

void write_metric(Hdf5File& file, const std::string& root, const Metric& metric, const RunRecord& record,
                  std::size_t index) {
  const std::string group = root + "/" + metric.group;
  if (!file.exists(group)) {
    file.make_group(group);
    if (metric.unit != "1") file.set_attribute(group, "units", metric.unit);
  }
  for (const Arithmetic arithmetic : kArithmetics)
    file.set_attribute(group, figure_name(arithmetic, metric), record.figure(arithmetic, index));
}

bool measured(const RunRecord& record, std::size_t metric) {
  return std::any_of(std::begin(kArithmetics), std::end(kArithmetics),
                     [&](Arithmetic arithmetic) { return !std::isnan(record.figure(arithmetic, metric)); });
}

}  // namespace

void write_task(Hdf5File& file, const std::string& root, const TaskOutline& task) {
  file.make_group(root + "/task");
  file.set_attribute(root + "/task", "kind", task.kind);
  file.set_attribute(root + "/task", "unit", task.unit);
  file.set_attribute(root + "/task", "watched", task.watched);
  file.set_attribute(root + "/task", "columns", join(task.columns, " "));
  for (std::size_t i = 0; i < task.metrics.size(); ++i) {
    const Metric& metric = task.metrics[i];
    const std::string group = group_of(root, i);
    file.make_group(group);
    file.set_attribute(group, "name", metric.name);
    file.set_attribute(group, "title", metric.title);
    file.set_attribute(group, "unit", metric.unit);
    file.set_attribute(group, "better", metric.better == Better::up ? "up" : "down");
    file.set_attribute(group, "group", metric.group);
    file.set_attribute(group, "of_loss", metric.of_loss ? 1 : 0);
  }
}

TaskOutline read_task(const Hdf5File& file, const std::string& root) {
  const std::string group = root + "/task";
  if (!file.exists(group)) return guess_task(file, root);
  const auto text = [&](const std::string& of, const char* attribute) {
    return file.attribute<std::string>(of, attribute);
  };
  TaskOutline task{text(group, "kind"), text(group, "unit"), text(group, "watched"), {}, {}};
  std::istringstream columns(text(group, "columns"));
  for (std::string column; columns >> column;) task.columns.push_back(column);
  for (std::size_t i = 0; file.exists(group_of(root, i)); ++i) {
    const std::string of = group_of(root, i);
    const std::string better = text(of, "better");
    check(better == "up" || better == "down", file.path(), ": '", of, "' has better = '", better,
          "', expected up or down");
    task.metrics.push_back({text(of, "name"), text(of, "title"), text(of, "unit"),
                            better == "up" ? Better::up : Better::down, text(of, "group"),
                            file.attribute<int>(of, "of_loss") != 0});
  }
  return task;
}

void write_figures(Hdf5File& file, const std::string& root, const RunRecord& record) {
  const TaskOutline images = image_outline();
  const std::string& always = images.metrics.front().group;
  for (std::size_t i = 0; i < record.task.metrics.size(); ++i) {
    const Metric& metric = record.task.metrics[i];
    if (metric.group == always || measured(record, i)) write_metric(file, root, metric, record, i);
  }
  // Readers from before there were other tasks expect accuracies in every file.
  if (!file.exists(root + "/" + always)) {
    const RunRecord nothing;
    for (const Metric& metric : images.metrics) write_metric(file, root, metric, nothing, 0);
  }
}

void read_figures(const Hdf5File& file, const std::string& root, RunRecord& record) {
  const std::vector<Metric>& metrics = record.task.metrics;
  for (const Arithmetic arithmetic : kArithmetics) {
    std::vector<double> values;
    for (const Metric& metric : metrics) {
      const std::string group = root + "/" + metric.group, name = figure_name(arithmetic, metric);
      const bool there = file.exists(group) && file.has_attribute(group, name);
      values.push_back(there ? file.attribute<double>(group, name) : kNotMeasured);
    }
    const bool any = std::any_of(values.begin(), values.end(), [](double v) { return !std::isnan(v); });
    if (any) record.set_figures(arithmetic, std::move(values));
  }
}

}  // namespace nibble
