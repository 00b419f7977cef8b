#include <cmath>
#include <filesystem>
#include <iostream>

#include "experiments/detection/paired_boxes.h"
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

// Of two detectors.
void print_precision(const PairedPrecision& pairs, const std::string& a, const std::string& b) {
  std::cout << a << ": AP " << in_percent(pairs.first) << "\n"
            << b << ": AP " << in_percent(pairs.second) << "\ndifference " << in_points(pairs.difference())
            << " points, 95 % interval " << in_points(pairs.low) << " to " << in_points(pairs.high)
            << ", by drawing from " << pairs.images << " images\n";
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

Evaluation judged(LoadedRun& run, const std::string& path) {
  return judge(*run.task, run.network, EvaluationSplit::test, run.config.calibration_samples, path);
}

Side answers_of(const std::string& path) {
  LoadedRun run = load_run(path);
  const std::vector<std::string> names = run.task->test_names();
  return {path, single_answers(judged(run, path).answers, names),
          names.empty() ? run.task->fingerprint() : ""};
}

std::vector<ClassMatches> matches_of(const std::string& path) {
  LoadedRun run = load_run(path);
  return judged(run, path).boxes->matches;
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
  if (a.task.kind == detection_outline().kind) {
    print_precision(compare_boxes(matches_of(first), matches_of(second)), first, second);
    return;
  }
  if (a.task.metrics.front().name != "top1") return;  // words: their perplexities are all there is
  const Side left = answers_of(first), right = answers_of(second);
  check(left.data == right.data, "compare: found data with fingerprint ", left.data, " of ", first, " and ",
        right.data, " of ", second, ", expected the same images");
  print_pairs(compare_answers(left.answers, right.answers, first, second), left, right);
}

// Two files of evaluate --detections.
void compare_detections(const std::string& first, const std::string& second, const std::string& annotations) {
  const CocoSet set = read_coco(annotations);
  const auto matches = [&](const std::string& path) {
    return evaluate_coco(set, read_coco_results(path)).matches;
  };
  print_precision(compare_boxes(matches(first), matches(second)), first, second);
}

}  // namespace

int compare_verb(const Words& words) {
  std::string annotations;
  Options options;
  options.add("annotations", annotations,
              "COCO's annotations of the pictures in which two detectors looked: A and B are their files of "
              "evaluate --detections.");
  const CommandLine line = apply_words(options, words, "compare");
  if (line.arguments.size() != 2)
    usage_error("compare: found ", line.arguments.size(), " arguments, expected nibble compare A B");
  const std::string &first = line.arguments[0], &second = line.arguments[1];
  const bool runs = std::filesystem::is_directory(first);
  if (runs != std::filesystem::is_directory(second))
    usage_error("compare: found ", runs ? first : second, ", a directory, and ", runs ? second : first,
                ", none, expected two runs or two files of evaluate --answers");
  if (runs && !annotations.empty())
    usage_error(
        "compare: found --annotations with two runs, expected it with files of evaluate --detections");
  if (runs) {
    compare_runs(first, second);
    return kSuccess;
  }
  if (!annotations.empty()) {
    compare_detections(first, second, annotations);
    return kSuccess;
  }
  if (std::filesystem::path(first).extension() == ".json")
    usage_error("compare: found ", first, ", expected --annotations with files of evaluate --detections");
  const Side a{first, read_answers(first)}, b{second, read_answers(second)};
  print_pairs(compare_answers(a.answers, b.answers, first, second), a, b);
  return kSuccess;
}

}  // namespace nibble
