#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "edge/check/compare.h"
#include "edge/check/compare_network.h"
#include "edge/graph/integer_graph.h"
#include "experiments/results/loaded_run.h"
#include "experiments/tasks/evaluate.h"

namespace nibble {

/// The network lowered to integers, on a split, by the fast exact evaluator.
Evaluation evaluate_integers(Network& network, const ImageSet& dataset, const Split& split);

/// The integers of a quantized run; Error for a float one.
edge::IntegerGraph lower_run(const LoadedRun& run, const std::string& name);

/// Writes the run's network as C into a directory; the selftest carries the first test images.
void export_run(const LoadedRun& run, const std::string& name, const std::string& directory);

struct VerifyOptions {
  long images = 0;       // test images, or tokens, for reference against fast evaluator; 0: all
  long c_images = 1000;  // the first of them go through emitted C too
};

struct VerifyResult {
  edge::Comparison comparison;                  // reference, evaluator, emitted C
  std::vector<edge::LayerAgreement> agreement;  // fake-quantized float against integers, layer by layer
  /// The contract's first gate: at most 0.1 % of a layer's codes differ, none by more than one step.
  bool layers_agree() const;
  bool exact() const { return comparison.differences == 0; }
};

/// Emits the run's network, compiles it with the host's C compiler, and compares everything. Lines on the way
/// go to `progress`.
VerifyResult verify_run(LoadedRun& run, const std::string& name, const VerifyOptions& options,
                        std::ostream& progress);

}  // namespace nibble
