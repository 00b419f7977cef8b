#pragma once

#include <nlohmann/json.hpp>

#include "experiments/results/record.h"

namespace nibble::report {

/// At most so many rows has a picture of code histograms over epochs.
inline constexpr std::size_t kHistogramRows = 40;

/// How the quantizers of a run moved:
///   {"axis": "epoch" | "evaluation", "x": [...], "rows": [0, 2, ...], "list": [
///     {"path": "conv1/weight", "channels": 16, "scale": {"mean": [...], "low": [...], "high": [...]},
///      "shift": ..., "codes": {"lo": -8, "counts": [...], "by_epoch": [[...], ...]}}]}
/// x are the epochs that were evaluated; where a record does not tell them, numbers from 1. Scale and shift
/// have mean, lowest and highest of the channels; shift and codes are missing where they were not recorded.
/// `rows` says which entries of x the histograms of `by_epoch` belong to: all, or kHistogramRows of them in
/// equal steps, with the first and the last.
nlohmann::ordered_json quantizers_json(const RunRecord& record);

}  // namespace nibble::report
