#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "core/array.h"

namespace nibble {

// Everything that a run measures, as plain data. results_file.h keeps it in run.h5,
// experiments/training/checkpoint.h carries it across interruptions, summarize.h prints one row of it.

/// Stands for "not measured" in accuracies.
inline constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();

struct Machine {
  std::string hostname;
  std::string cpu;
  int threads = 0;
};

/// One entry per optimizer step that was logged; a series is as long as `step`, or empty where not measured.
struct StepSeries {
  std::vector<long> step;
  std::vector<double> loss, learning_rate, gradient_norm, images_per_second, tokens_per_second;
};

/// One entry per epoch; top-1 in percent. A series is as long as `epoch`, or empty; values that were not
/// measured in an epoch are kNotMeasured. Language models are judged on valid while they learn.
struct EpochSeries {
  std::vector<long> epoch;
  std::vector<double> train_loss, train_top1, test_loss, test_top1, valid_loss, learning_rate, seconds;
};

/// counts[i] values had the code lo + i.
struct CodeHistogram {
  int lo = 0;
  std::vector<long> counts;
};

/// How one quantizer moved, and what it did in the end.
struct QuantizerRecord {
  std::vector<std::vector<double>> scale;     // [epoch][channel]
  std::vector<std::vector<double>> shift;     // the same, or empty for a quantizer without shift
  CodeHistogram codes;                        // over the final evaluation; empty if not counted
  std::vector<CodeHistogram> codes_by_epoch;  // all on the grid of `codes`, or empty
};

/// Percent of the test split.
struct Accuracy {
  double float_top1 = kNotMeasured;
  double quantized_top1 = kNotMeasured;  // fake-quantized float
  double integer_top1 = kNotMeasured;
};

/// Of language models, on the test split: e to the mean of −log p(word).
struct Perplexity {
  double float_ppl = kNotMeasured;
  double quantized_ppl = kNotMeasured;  // fake-quantized float
  double integer_ppl = kNotMeasured;
};

/// Integer reference, fast evaluator and emitted C against each other.
struct Verification {
  long images = 0;
  long mismatches = 0;
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

  StepSeries steps;
  EpochSeries epochs;
  std::map<std::string, QuantizerRecord> quantizers;  // by path, "layer1/0/conv1/weight"

  Accuracy accuracy;
  Perplexity perplexity;
  Array<long> confusion;  // [K, K] images of the final evaluation: true class, predicted class; or empty
  std::vector<std::string> class_names;
  Verification verification;
};

}  // namespace nibble
