#include "experiments/report/curves_json.h"

#include <algorithm>
#include <cmath>

#include "experiments/report/json_numbers.h"
#include "experiments/report/thinned.h"

namespace nibble::report {
namespace {

using json = nlohmann::ordered_json;

class CurveGroup {
 public:
  CurveGroup(const char* axis, const std::vector<long>& x, const CurveOptions& options)
      : options_(options), size_(x.size()) {
    group_ = {{"axis", axis},
              {"x", short_numbers(thinned_axis(x, options.points), 7)},
              {"of", size_},
              {"series", json::array()}};
  }

  void add(const std::string& name, const std::string& title, const std::string& unit,
           const std::vector<double>& values) {
    if (values.size() != size_) return;  // not measured
    const ThinnedSeries series = thinned(values, options_.points);
    if (std::all_of(series.mean.begin(), series.mean.end(), [](double v) { return std::isnan(v); })) return;
    json entry{{"name", name},
               {"title", title},
               {"unit", unit},
               {"values", short_numbers(series.mean, options_.digits)},
               {"infinite", series.infinite}};
    if (options_.extremes && !series.low.empty()) {
      entry["low"] = short_numbers(series.low, options_.digits);
      entry["high"] = short_numbers(series.high, options_.digits);
    }
    group_["series"].push_back(std::move(entry));
  }

  void add_metrics(const std::string& split, const std::string& title, const TaskOutline& task,
                   const MetricSeries& values, std::vector<double> loss) {
    const std::size_t count = task.metrics.size();
    for (std::size_t i = 0; i < (options_.of_study ? std::min<std::size_t>(1, count) : count); ++i) {
      const Metric& metric = task.metrics[i];
      if (metric.of_loss) {
        for (double& value : loss) value = std::exp(value);
        add(split + "_" + metric.name, title + " " + metric.title, "", loss);
      } else if (i < values.size()) {
        add(split + "_" + metric.name, title + " " + metric.title, metric.unit == "percent" ? "%" : "",
            values[i]);
      }
    }
  }

  void put_into(json& groups) {
    if (!group_["series"].empty()) groups.push_back(std::move(group_));
  }

 private:
  CurveOptions options_;
  std::size_t size_;
  json group_;
};

// What the split is called, where people read it.
std::string split_title(const std::string& split) { return split == "valid" ? "validation" : split; }

}  // namespace

json curves_json(const RunRecord& record, const CurveOptions& options) {
  json groups = json::array();
  const bool whole = !options.of_study;

  const StepSeries& steps = record.steps;
  CurveGroup by_step("step", steps.step, options);
  by_step.add("loss", "training loss of a step", "", steps.loss);
  if (whole) {
    by_step.add("learning_rate", "learning rate", "", steps.learning_rate);
    by_step.add("gradient_norm", "norm of the gradient", "", steps.gradient_norm);
    by_step.add(record.task.unit + "_per_second", "rate", record.task.unit + "/s", steps.samples_per_second);
  }
  by_step.put_into(groups);

  const EpochSeries& epochs = record.epochs;
  const std::string& split = record.task.watched;
  CurveGroup by_epoch("epoch", epochs.epoch, options);
  by_epoch.add("train_loss", "training loss", "", epochs.train_loss);
  by_epoch.add(split + "_loss", split_title(split) + " loss", "", epochs.watched_loss);
  by_epoch.add_metrics("train", "training", record.task, epochs.train_metrics, epochs.train_loss);
  by_epoch.add_metrics(split, split_title(split), record.task, epochs.watched_metrics, epochs.watched_loss);
  if (whole) {
    by_epoch.add("learning_rate", "learning rate", "", epochs.learning_rate);
    by_epoch.add("seconds", "time of an epoch", "s", epochs.seconds);
    by_epoch.add("changed_codes", "weights whose code a step changes", "share", epochs.changed_codes);
    by_epoch.add("frozen_weights", "frozen weights", "share", epochs.frozen_weights);
  }
  by_epoch.put_into(groups);
  return groups;
}

}  // namespace nibble::report
