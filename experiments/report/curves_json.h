#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>

#include "experiments/results/record.h"

namespace nibble::report {

/// How exact curves are.
struct CurveOptions {
  std::size_t points = 750;  // at most, of one curve
  int digits = 6;
  bool extremes = true;   // the lowest and highest value of each part of a thinned curve
  bool of_study = false;  // only what runs are compared by: losses and the first metric
};

/// The curves of a run, a group for each axis ("step", "epoch"):
///   {"axis": "step", "x": [...], "of": 28152, "series": [
///     {"name": "loss", "title": "training loss", "unit": "", "values": [...], "low": [...], "high": [...],
///      "infinite": 0}]}
/// `of` says how many values were measured; low and high are there where a curve was thinned. Names are those
/// of run.h5; metrics of the loss, which run.h5 does not keep, are e to it. A group or series without values
/// is left out.
nlohmann::ordered_json curves_json(const RunRecord& record, const CurveOptions& options);

}  // namespace nibble::report
