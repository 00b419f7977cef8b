#include <cmath>
#include <filesystem>
#include <iostream>

#include "experiments/process/terminal.h"
#include "experiments/results/config_text.h"
#include "experiments/results/results_file.h"
#include "experiments/results/run_directory.h"
#include "experiments/tasks/answer_tables.h"
#include "experiments/training/judge.h"
#include "experiments/training/loaded_run.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

namespace {

// One side of the comparison.
struct Side {
  std::string path;
  std::vector<Answer> answers;
  std::string data = {};  // the fingerprint of images that have no names
};

std::string in_percent(double share) { return format_fixed(100 * share, 2) + " %"; }
std::string in_points(double share) { return format_fixed(100 * share, 2); }

void print_pairs(const PairedComparison& pairs, const Side& a, const Side& b) {
  const double n = static_cast<double>(pairs.samples);
  const auto line = [&](const Side& side, long right, long only) {
    std::cout << side.path << ": " << right << " of " << pairs.samples << " right, top-1 "
              << in_percent(static_cast<double>(right) / n) << "; " << only << " that the other has wrong\n";
  };
  line(a, pairs.right_first, pairs.only_first);
  line(b, pairs.right_second, pairs.only_second);
  const double difference = pairs.difference(), half = kInterval95 * pairs.standard_error();
  std::cout << "difference " << in_points(difference) << " points, 95 % interval "
            << in_points(difference - half) << " to " << in_points(difference + half) << "\nagreement "
            << in_percent(static_cast<double>(pairs.agreeing) / n) << ": " << pairs.agreeing
            << " images have the same answer\n";
}

void print_keys(const std::string& a, const std::string& b) {
  Table table{{{"key"}, {"A"}, {"B"}}};
  for (const ConfigDifference& key : different_keys(a, b))
    table.rows.push_back({key.key, key.there, key.here});
  if (table.rows.empty()) {
    std::cout << "all keys of the configs are equal\n";
  } else {
    print(table, std::cout, output_columns());
  }
}

// The figures that both have, as they stand in run.h5.
void print_metrics(const RunRecord& a, const RunRecord& b) {
  Table table{{{"figure"}, {"A", true}, {"B", true}}};
  const auto shown = [](const Metric& metric, double value) {
    return std::isnan(value) ? std::string("-") : format_fixed(value, 2) + unit_sign(metric);
  };
  for (std::size_t i = 0; i < a.task.metrics.size(); ++i) {
    const Metric& metric = a.task.metrics[i];
    for (const Arithmetic arithmetic : kArithmetics) {
      const double of_a = a.figure(arithmetic, i), of_b = b.figure(arithmetic, i);
      if (std::isnan(of_a) && std::isnan(of_b)) continue;
      table.rows.push_back(
          {str(name(arithmetic), " ", metric.title), shown(metric, of_a), shown(metric, of_b)});
    }
  }
  print(table, std::cout, output_columns());
}

// The last value of a series that was measured.
double last_of(const std::vector<double>& series) {
  for (auto value = series.rbegin(); value != series.rend(); ++value)
    if (!std::isnan(*value)) return *value;
  return kNotMeasured;
}

// Epochs and time, and where the curves end: on the training split, and on the one that was watched.
void print_ends(const RunRecord& a, const RunRecord& b) {
  Table table{{{"end of the curve"}, {"A", true}, {"B", true}}};
  const auto add = [&](const std::string& name, int digits, const auto& value) {
    const auto shown = [&](double v) { return std::isnan(v) ? std::string("-") : format_fixed(v, digits); };
    const double of_a = value(a), of_b = value(b);
    if (!std::isnan(of_a) || !std::isnan(of_b)) table.rows.push_back({name, shown(of_a), shown(of_b)});
  };
  const auto add_split = [&](const std::string& split, auto loss, auto metrics) {
    add(split + " loss", 4, [&](const RunRecord& run) { return last_of(run.epochs.*loss); });
    for (std::size_t i = 0; i < a.task.metrics.size(); ++i)
      add(split + " " + a.task.metrics[i].title, 2, [&](const RunRecord& run) {
        const MetricSeries& series = run.epochs.*metrics;
        return i < series.size() ? last_of(series[i]) : kNotMeasured;
      });
  };
  add("epochs", 0, [](const RunRecord& run) { return static_cast<double>(run.epochs.epoch.size()); });
  add("seconds an epoch", 2, [](const RunRecord& run) { return last_of(run.epochs.seconds); });
  add_split("train", &EpochSeries::train_loss, &EpochSeries::train_metrics);
  add_split(a.task.watched, &EpochSeries::watched_loss, &EpochSeries::watched_metrics);
  print(table, std::cout, output_columns());
}

Side answers_of(const std::string& path) {
  LoadedRun run = load_run(path);
  const Evaluation test =
      judge(*run.task, run.network, EvaluationSplit::test, run.config.calibration_samples, path);
  const std::vector<std::string> names = run.task->test_names();
  return {path, single_answers(test.answers, names), names.empty() ? run.task->fingerprint() : ""};
}

void compare_runs(const std::string& first, const std::string& second) {
  const RunRecord a = read_run(RunDirectory(first).record()), b = read_run(RunDirectory(second).record());
  if (a.task.kind != b.task.kind || a.task.metrics != b.task.metrics)
    usage_error("compare: found runs that are judged by other metrics, ", a.task.kind, " and ", b.task.kind,
                ", expected the same ones");
  std::cout << "A: " << first << "\nB: " << second << "\n";
  print_keys(a.config_text, b.config_text);
  print_metrics(a, b);
  print_ends(a, b);
  if (a.task.metrics.front().name != "top1") return;  // words: their perplexities are all there is
  const Side left = answers_of(first), right = answers_of(second);
  check(left.data == right.data, "compare: found data with fingerprint ", left.data, " of ", first, " and ",
        right.data, " of ", second, ", expected the same images");
  print_pairs(compare_answers(left.answers, right.answers, first, second), left, right);
}

}  // namespace

int compare_verb(const Words& words) {
  const CommandLine line = read_words({}, words, "compare");
  if (line.arguments.size() != 2)
    usage_error("compare: found ", line.arguments.size(), " arguments, expected nibble compare A B");
  const std::string &first = line.arguments[0], &second = line.arguments[1];
  const bool runs = std::filesystem::is_directory(first);
  if (runs != std::filesystem::is_directory(second))
    usage_error("compare: found ", runs ? first : second, ", a directory, and ", runs ? second : first,
                ", none, expected two runs or two files of evaluate --answers");
  if (runs) {
    compare_runs(first, second);
    return kSuccess;
  }
  const Side a{first, read_answers(first)}, b{second, read_answers(second)};
  print_pairs(compare_answers(a.answers, b.answers, first, second), a, b);
  return kSuccess;
}

}  // namespace nibble
