#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace nibble {

/// Which of two values of a metric is the better one.
enum class Better { up, down };

/// One figure by which a task judges a network.
struct Metric {
  std::string name;   // in logs, columns and run.h5: "top1", "ppl"
  std::string title;  // for people: "top-1", "perplexity"
  std::string unit;   // "percent", or "1" for a plain number
  Better better = Better::up;
  std::string group;     // of run.h5, with the figures of the test split: "accuracy", "perplexity"
  bool of_loss = false;  // e to the mean loss: series of it are not kept, since those of the loss are

  bool operator==(const Metric&) const = default;
};

/// How a network computes where it is judged.
enum class Arithmetic { floating, quantized, integer };  // quantized: fake-quantized, in float
inline constexpr Arithmetic kArithmetics[] = {Arithmetic::floating, Arithmetic::quantized,
                                              Arithmetic::integer};
/// "float", "quantized", "integer".
const char* name(Arithmetic arithmetic);

/// Of metrics and columns: "float_top1".
std::string figure_name(Arithmetic arithmetic, const Metric& metric);

/// What stands behind a value on the screen: " %", or nothing.
const char* unit_sign(const Metric& metric);

/// A value for people: "top-1 85.9 %", "perplexity 92.3".
std::string shown(const Metric& metric, double value);

/// What a record says about the task of its run. With it, a run is shown without its data.
struct TaskOutline {
  std::string kind;                  // "images", "text": the runs of one kind make one table
  std::string unit;                  // of a sample, as rates count them: "images", "tokens"
  std::string watched;               // the split that is looked at while training goes on: "test", "valid"
  std::vector<Metric> metrics;       // the first one sums a run up
  std::vector<std::string> columns;  // of summaries, that not every kind has: "activation", "scope"

  bool operator==(const TaskOutline&) const = default;
};

/// Of images of at most so many classes the five best answers say little: they have no top-5.
inline constexpr long kFewClasses = 10;

/// The tasks of records that do not say what theirs is: those of programs that knew only these two.
TaskOutline image_outline(long classes = kFewClasses);
TaskOutline text_outline();
/// Of boxes: COCO's twelve figures.
TaskOutline detection_outline();

}  // namespace nibble
