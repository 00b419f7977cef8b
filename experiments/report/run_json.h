#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "experiments/results/record.h"

namespace nibble::report {

/// What a task is judged by:
///   {"kind": "images", "unit": "images", "watched": "test", "metrics": [
///     {"name": "top1", "title": "top-1", "unit": "%", "better": "up"}]}
nlohmann::ordered_json task_json(const TaskOutline& task);

/// Everything that the report of one run shows. `state` says how far it is ("finished", ...), or is empty.
///   name, state, task
///   figures     {"float": [91.73], "quantized": [...]}: values of the test split, in the metrics' order
///   curves      curves_json.h
///   quantizers  quantizers_json.h
///   confusion   {"classes": [...], "counts": [[...]]}, or, of more than kMatrixClasses classes,
///               {"classes": [...], "total": [...], "right": [...], "pairs": [[true, predicted, n], ...]}
///   detection   of detectors, by arithmetic: {"float": {"names", "objects", "ap", "ap50", "precision":
///               [classes][101]}}
///   layers      layers_json.h
///   config      [{"key", "value", "default"}] of every key
///   provenance  [["seed", "7"], ...]
///   missing     sentences: what a reader may look for, and why it is not there
nlohmann::ordered_json run_json(const RunRecord& record, const std::string& state);

/// More classes than these have no matrix but a list of the most frequent mistakes.
inline constexpr long kMatrixClasses = 40;
/// So many of them.
inline constexpr std::size_t kMistakes = 200;

}  // namespace nibble::report
