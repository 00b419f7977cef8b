#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "core/array.h"
#include "experiments/process/machine.h"
#include "experiments/results/metric.h"

namespace nibble {

// Everything that a run measures, as plain data. results_file.h keeps it in run.h5,
// experiments/training/checkpoint.h carries it across interruptions, summarize.h prints one row of it.

/// Stands for "not measured".
inline constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();

/// One entry per optimizer step that was logged; a series is as long as `step`, or empty where not measured.
struct StepSeries {
  std::vector<long> step;
  std::vector<double> loss, learning_rate, gradient_norm;
  std::vector<double> samples_per_second;  // of the task's unit
};

/// One series for each metric of the task; empty for metrics of the loss.
using MetricSeries = std::vector<std::vector<double>>;

/// One entry per epoch. A series is as long as `epoch`, or empty; values that were not measured in an epoch
/// are kNotMeasured.
struct EpochSeries {
  std::vector<long> epoch;
  std::vector<double> train_loss;
  MetricSeries train_metrics;  // [metric][epoch]
  std::vector<double> watched_loss;
  MetricSeries watched_metrics;  // on TaskOutline::watched
  std::vector<double> learning_rate, seconds;
  // Where oscillating weights are damped or frozen: shares of the weights of at most 4 bits whose codes an
  // optimizer step changed, in the mean of the epoch, and that were frozen at its end.
  std::vector<double> changed_codes, frozen_weights;
};

/// counts[i] values had the code lo + i.
struct CodeHistogram {
  int lo = 0;
  std::vector<long> counts;

  bool operator==(const CodeHistogram&) const = default;
};

/// How one quantizer moved, and what it did in the end. An entry an epoch that was evaluated.
struct QuantizerRecord {
  std::vector<std::vector<double>> scale;     // [epoch][channel]; one channel where one scale serves all
  std::vector<std::vector<double>> shift;     // the same, or empty for a quantizer without shift
  CodeHistogram codes;                        // of the last of them; empty if not counted
  std::vector<CodeHistogram> codes_by_epoch;  // all on the grid of `codes`; empty in records of old programs

  bool operator==(const QuantizerRecord&) const = default;
};

/// How a detector does on the test split, class by class: precisions in percent, NaN of a class without
/// objects. All as long as `categories`, or empty.
struct ClassCurves {
  std::vector<long> categories;  // ids
  std::vector<std::string> names;
  std::vector<long> objects;
  std::vector<double> average_precision, at_half;  // of COCO: over ten overlaps, at an overlap of 0.5
  std::vector<double> voc_eleven_points, voc_every_point;
  Array<double> precision;  // [classes, 101] at recalls of 0, 1, ... 100 percent and an overlap of 0.5
};

/// Integer reference, fast evaluator and emitted C against each other.
struct Verification {
  long samples = 0;
  long mismatches = 0;

  bool operator==(const Verification&) const = default;
};

/// A sample whose class was not found.
struct WrongAnswer {
  long sample = 0;             // its number in the split
  std::string name = {};       // its file, or empty
  long label = 0, answer = 0;  // classes: what is true, what was said
  double loss = 0;             // nats

  bool operator==(const WrongAnswer&) const = default;
};

/// A picture in which a detector was wrong, at its usual threshold and an overlap of 0.5.
struct WrongBoxes {
  long sample = 0;                          // its number in the split
  std::string name = {};                    // its file
  long objects = 0, missed = 0, wrong = 0;  // objects, those not found, boxes without an object

  bool operator==(const WrongBoxes&) const = default;
};

struct RunRecord {
  std::string name;
  std::string config;       // the config file, as given
  std::string config_text;  // resolved: every key, INI
  std::string command;      // the command line
  std::string revision;     // of the code
  std::string created_utc;  // 2026-01-31T12:00:00Z
  std::uint64_t seed = 0;
  Machine machine;

  std::string model, activation, method;
  int weight_bits = 32, activation_bits = 32;

  TaskOutline task = image_outline();
  StepSeries steps;
  EpochSeries epochs;
  std::map<std::string, QuantizerRecord> quantizers;  // by path, "layer1/0/conv1/weight"

  /// On the test split, by Arithmetic: the values of task.metrics in their order; empty: not measured.
  std::array<std::vector<double>, std::size(kArithmetics)> figures;
  Array<long> confusion;  // [K, K] samples of the final evaluation: true class, predicted class; or empty
  std::vector<std::string> class_names;
  std::vector<WrongAnswer> worst;  // of the final evaluation, the worst one first; of images with classes
  std::vector<WrongBoxes> worst_boxes;                      // the same of detectors
  Array<std::uint8_t> worst_pictures;                       // [worst, H, W, 3] of either
  std::array<ClassCurves, std::size(kArithmetics)> curves;  // by Arithmetic; of detectors
  Verification verification;

  /// kNotMeasured where it was not.
  double figure(Arithmetic arithmetic, std::size_t metric = 0) const {
    const std::vector<double>& values = all_figures(arithmetic);
    return metric < values.size() ? values[metric] : kNotMeasured;
  }
  const std::vector<double>& all_figures(Arithmetic arithmetic) const {
    return figures[static_cast<std::size_t>(arithmetic)];
  }
  void set_figures(Arithmetic arithmetic, std::vector<double> values) {
    figures[static_cast<std::size_t>(arithmetic)] = std::move(values);
  }
};

}  // namespace nibble
