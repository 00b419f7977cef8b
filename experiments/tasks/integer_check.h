#pragma once

#include <functional>
#include <string>
#include <vector>

#include "edge/check/compare.h"
#include "edge/check/compare_network.h"
#include "edge/check/compiled_model.h"
#include "layers/network/network.h"

namespace nibble {

/// How the integers of one network are compared on a task's test split. It refers to the task and the graph,
/// which must outlive it.
struct IntegerCheck {
  long samples = 0;      // of the test split
  long batch = 1;        // samples at once: all layers of these are in memory
  std::string compared;  // "codes and scores"
  /// Reference, fast evaluator and, unless null, emitted C, on samples begin ≤ i < end. Called for one range
  /// after the other, from 0.
  std::function<edge::Comparison(const edge::CompiledModel* compiled, long begin, long end)> compare;
  /// Fake-quantized float against integers on the first samples, layer by layer.
  std::function<std::vector<edge::LayerAgreement>(Network& network)> agreement;
};

}  // namespace nibble
