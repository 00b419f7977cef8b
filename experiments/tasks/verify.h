#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "edge/check/compare.h"
#include "edge/check/compare_network.h"
#include "edge/graph/integer_graph.h"
#include "experiments/tasks/task.h"

namespace nibble {

/// Writes a network's integers as C into a directory, with what the task packs beside them. options: how the
/// model is called, and where it comes from.
void export_integers(const Task& task, const edge::IntegerGraph& graph, edge::EmitOptions options,
                     const std::string& directory);

struct VerifyOptions {
  long samples = 0;       // of the test split (images, tokens), for reference and fast evaluator; 0: all
  long c_samples = 1000;  // the first of them go through emitted C too
};

struct VerifyResult {
  edge::Comparison comparison;                  // reference, evaluator, emitted C
  std::string compared;                         // "codes and scores"
  std::vector<edge::LayerAgreement> agreement;  // fake-quantized float against integers, layer by layer
  /// The contract's first gate: at most 0.1 % of a layer's codes differ, ties apart, none by more than one
  /// step.
  bool layers_agree() const;
  bool exact() const { return comparison.differences == 0; }
};

/// Emits the integers of `network`, compiles them with the host's C compiler, and compares everything. Lines
/// on the way go to `progress`.
VerifyResult verify_integers(const Task& task, Network& network, const edge::IntegerGraph& graph,
                             const std::string& name, const VerifyOptions& options, std::ostream& progress);

}  // namespace nibble
