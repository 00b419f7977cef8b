#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include "experiments/results/record.h"

namespace nibble {

/// A record with every field filled, with nothing round about its numbers.
inline RunRecord sample_record() {
  RunRecord run;
  run.name = "resnet20_w4a4";
  run.config = "configs/cifar10_resnet20_w4a4.ini";
  run.config_text =
      "# a comment\n[run]\nseed = 18446744073709551615\nname = größe\n\n[train]\nepochs = 40\n"
      "learning_rate = 5e-3  # peak\nschedule = cosine\n\n[quant]\noverride = a:weight_bits=8\n"
      "override = b:weight_bits=8\nempty =\n";
  run.command = "nibble train configs/cifar10_resnet20_w4a4.ini --run.seed 7";
  run.revision = "0123456789abcdef0123456789abcdef01234567";
  run.created_utc = "2026-01-31T12:00:00Z";
  run.seed = 18446744073709551615U;
  run.machine = {"node7", "Some CPU @ 2 GHz", 2};
  run.model = "resnet20", run.activation = "swish", run.method = "learned_scale_shift";
  run.weight_bits = 4, run.activation_bits = 4;
  for (long i = 0; i < 3000; ++i) {
    run.steps.step.push_back(i + 1);
    run.steps.loss.push_back(2.3 / static_cast<double>(i + 1));
    run.steps.learning_rate.push_back(0.1 * static_cast<double>(i));
    run.steps.samples_per_second.push_back(1000.0 / 3);
  }
  run.epochs.train_metrics.resize(1), run.epochs.watched_metrics.resize(1);
  for (long i = 0; i < 3; ++i) {
    run.epochs.epoch.push_back(i + 1);
    run.epochs.train_loss.push_back(1.0 / 3);
    run.epochs.train_metrics[0].push_back(100.0 / 3);
    run.epochs.watched_loss.push_back(i == 1 ? kNotMeasured : 0.1);
    run.epochs.watched_metrics[0].push_back(i == 1 ? kNotMeasured : 91.73);
    run.epochs.seconds.push_back(17.5);
  }
  run.quantizers["layer1/0/conv1/weight"] = {.scale = {{0.1, 0.2, 0.3}, {0.11, 0.21, 0.31}},
                                             .shift = {},
                                             .codes = {-8, std::vector<long>(16, 9)},
                                             .codes_by_epoch = {}};
  run.quantizers["layer1/0"] = {// a path that is the beginning of another one
                                .scale = {{0.5}, {0.25}},
                                .shift = {{-0.27}, {-0.28}},
                                .codes = {0, {1, 2, 3, 4}},
                                .codes_by_epoch = {{0, {4, 3, 2, 1}}, {0, {1, 2, 3, 4}}}};
  run.set_figures(Arithmetic::floating, {91.73});
  run.set_figures(Arithmetic::quantized, {91.5});
  run.confusion = Array<long>({3, 3}, {900, 60, 40, 30, 950, 20, 10, 5, 985});
  run.class_names = {"airplane", "automobile", "bird"};
  run.worst = {{17, "", 0, 2, 9.75}, {4, "", 1, 0, 8.5}};
  run.worst_pictures = Array<std::uint8_t>({2, 1, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255});
  run.verification = {10000, 0};
  return run;
}

inline bool same_numbers(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

/// Metric by metric; one without a series is equal to one with an empty series.
inline bool same_series(const MetricSeries& a, const MetricSeries& b) {
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const std::vector<double> none;
    if (!same_numbers(i < a.size() ? a[i] : none, i < b.size() ? b[i] : none)) return false;
  }
  return true;
}

inline bool same_steps(const StepSeries& a, const StepSeries& b) {
  return a.step == b.step && same_numbers(a.loss, b.loss) && same_numbers(a.learning_rate, b.learning_rate) &&
         same_numbers(a.gradient_norm, b.gradient_norm) &&
         same_numbers(a.samples_per_second, b.samples_per_second);
}

inline bool same_epochs(const EpochSeries& a, const EpochSeries& b) {
  return a.epoch == b.epoch && same_numbers(a.train_loss, b.train_loss) &&
         same_series(a.train_metrics, b.train_metrics) && same_numbers(a.watched_loss, b.watched_loss) &&
         same_series(a.watched_metrics, b.watched_metrics) &&
         same_numbers(a.learning_rate, b.learning_rate) && same_numbers(a.seconds, b.seconds);
}

inline bool same_curves(const ClassCurves& a, const ClassCurves& b) {
  const auto values = [](const Array<double>& array) {
    return std::vector<double>(array.begin(), array.end());
  };
  return a.categories == b.categories && a.names == b.names && a.objects == b.objects &&
         same_numbers(a.average_precision, b.average_precision) && same_numbers(a.at_half, b.at_half) &&
         same_numbers(a.voc_eleven_points, b.voc_eleven_points) &&
         same_numbers(a.voc_every_point, b.voc_every_point) && a.precision.shape() == b.precision.shape() &&
         same_numbers(values(a.precision), values(b.precision));
}

/// Equal in everything, not measured counting as equal to itself.
inline bool same_record(const RunRecord& a, const RunRecord& b) {
  return a.name == b.name && a.config == b.config && a.config_text == b.config_text &&
         a.command == b.command && a.revision == b.revision && a.created_utc == b.created_utc &&
         a.seed == b.seed && a.machine == b.machine && a.model == b.model && a.activation == b.activation &&
         a.method == b.method && a.weight_bits == b.weight_bits && a.activation_bits == b.activation_bits &&
         a.task == b.task && same_steps(a.steps, b.steps) && same_epochs(a.epochs, b.epochs) &&
         a.quantizers == b.quantizers &&
         std::equal(a.figures.begin(), a.figures.end(), b.figures.begin(), same_numbers) &&
         a.confusion.shape() == b.confusion.shape() &&
         std::equal(a.confusion.begin(), a.confusion.end(), b.confusion.begin()) &&
         std::equal(a.curves.begin(), a.curves.end(), b.curves.begin(), same_curves) &&
         a.class_names == b.class_names && a.worst == b.worst && a.worst_boxes == b.worst_boxes &&
         a.worst_pictures.shape() == b.worst_pictures.shape() &&
         std::equal(a.worst_pictures.begin(), a.worst_pictures.end(), b.worst_pictures.begin()) &&
         a.verification == b.verification;
}

}  // namespace nibble
