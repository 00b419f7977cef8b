#pragma once

#include <string>
#include <vector>

#include "edge/graph/device_cost.h"
#include "edge/graph/integer_ops.h"
#include "edge/graph/integer_value.h"
#include "edge/graph/kernel_name.h"
#include "edge/graph/node_view.h"

namespace nibble::edge {

class CWriter;

/// What is true of every node of an op.
struct OpTraits {
  const char* kind;              // "conv2d": in messages, tables and reports
  std::size_t inputs = 1;        // how many it reads; 0: one or more
  bool reads_tokens = false;     // instead of codes
  bool gives_scores = false;     // it may: its output may hold scores
  bool carries_state = false;    // from step to step of a text
  bool same_bytes = false;       // the output is the input's bytes under another shape
  bool runs_in_place = false;    // the output may lie over an input that nobody reads later
  const char* tables = nullptr;  // a file of tables that its kernels need besides: "nbl_gate_tables"
};

/// What an integer op is, in one place: edge/ops/<op>.cpp defines one for each alternative of IntegerOp. A
/// member without a default has to be given. Shapes are checked before ranges, and both before the rest.
template <typename Op>
struct OpRule {
  OpTraits traits;

  /// Whether a pixel of the output depends on the same pixel of the inputs alone (and on vectors).
  bool (*is_pointwise)(const Op&) = [](const Op&) { return false; };

  /// From the shapes of the inputs. Throws Error, naming the node, where they do not fit.
  Shape (*output_shape)(const Op&, const NodeView&);

  /// That its constants are as many as they should be, its codes stay within their tensors' ranges, its
  /// accumulators within int32 and its products within 62 bits, whatever comes in. Throws Error, naming the
  /// node, where one does not.
  void (*check_ranges)(const Op&, const NodeView&);

  /// What it costs on the device.
  DeviceCost (*cost)(const Op&, const NodeView&) = [](const Op&, const NodeView&) { return DeviceCost{}; };

  /// The definition of what it computes, from the values of its inputs: plain loops with checked sums.
  IntegerValue (*run)(const Op&, const NodeView&, const std::vector<IntegerValue>& inputs);

  /// What stands before the last rounding of one output element (accumulator_at, edge/run/reference.h).
  std::int64_t (*accumulator)(const Op&, const NodeView&, const std::vector<IntegerValue>& inputs,
                              long index);

  /// The C function that computes it (edge/graph/kernel_name.h); empty if none is called. By default it is
  /// named after the op's kind and the storage of its codes.
  std::string (*kernel)(const Op&, const NodeView&) = [](const Op& op, const NodeView& node) {
    return kernel_name(op.rule.traits.kind, storage_bits(node));
  };

  /// Writes its tables and its call (edge/emit/c_writer.h).
  void (*emit)(const Op&, CWriter&);
};

const OpTraits& traits(const IntegerOp& op);

/// Asks a node's rule:  ask(node.op, [&](const auto& op, const auto& rule) { return rule.cost(op, view); })
template <typename Question>
auto ask(const IntegerOp& op, Question question) {
  return std::visit([&](const auto& alternative) { return question(alternative, alternative.rule); }, op);
}

}  // namespace nibble::edge
