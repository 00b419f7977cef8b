#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/kernels/integer/code_add.h"
#include "core/kernels/integer/code_conv2d.h"
#include "core/kernels/integer/integer_conv2d.h"
#include "edge/graph/integer_graph.h"
#include "edge/graph/integer_value.h"
#include "edge/graph/requantizer.h"
#include "edge/run/recurrent_evaluate.h"

namespace nibble::edge {

/// A node of a graph and the kernels that compute it fast, with weights packed.
class PreparedNode {
 public:
  /// Of a verified graph, which outlives this.
  PreparedNode(const IntegerGraph& graph, const IntegerNode& node);

  /// What the node makes of its inputs; the work is cut for all threads. Not for a recurrent node.
  IntegerValue run(const std::vector<IntegerValue>& inputs) const;

  /// Whether some rows of the output can be computed alone: convolutions that make codes, additions, tables.
  bool by_rows() const;
  /// Rows, counted through [N, OH], on this thread; values: by tensor, the output's codes have room. Requires
  /// by_rows.
  void run_rows(Range rows, std::vector<IntegerValue>& values) const;

  /// The kernel of a convolution that makes codes, or none.
  const kernels::CodeConv2d* convolution() const { return kernels_.convolve.get(); }
  /// Of a recurrent node, or none.
  const RecurrentEvaluator* recurrent() const { return kernels_.recurrent.get(); }

 private:
  struct Kernels {
    std::unique_ptr<kernels::CodeConv2d> convolve = {};    // to codes, or where there is none
    std::unique_ptr<kernels::IntegerConv2d> product = {};  // to sums
    std::unique_ptr<Requantizer> requantize = {};          // and on to codes
    std::optional<kernels::CodeAddLine> add = {};
    std::unique_ptr<RecurrentEvaluator> recurrent = {};
  };
  struct Prepare;
  struct Run;

  const IntegerGraph& graph_;
  const IntegerNode& node_;
  Kernels kernels_;
};

}  // namespace nibble::edge
