#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/kernels/code_add.h"
#include "core/kernels/code_conv2d.h"
#include "core/kernels/integer_conv2d.h"
#include "core/parallel.h"
#include "edge/integer_graph.h"
#include "edge/integer_value.h"
#include "edge/recurrent_evaluate.h"
#include "edge/requantizer.h"
#include "edge/text.h"

namespace nibble::edge {

/// The fast twin of run_reference, equal in every bit: convolutions and linear layers multiply bytes with
/// exact int32 sums, weights packed once, and sums become codes in the registers that they were made in, or
/// in the cache. A few images at a time go through all layers, so that what one layer writes is still in the
/// cache for the next.
class Evaluator {
 public:
  /// graph: verified (edge/verify.h); outlives the evaluator.
  explicit Evaluator(const IntegerGraph& graph);

  /// input: [N, ...sample] codes. Returns the output as numbers, [N, ...]. Throws Error for another input.
  Array<std::int32_t> operator()(const Array<std::uint8_t>& input, const IntegerObserver& observe = {}) const;

  /// The same for a graph that reads text: all steps of the batch. `state` is read, and left as the last step
  /// made it; empty, it is zero. Returns [steps · sequences, ...].
  Array<std::int32_t> operator()(const TokenBatch& batch, IntegerState& state,
                                 const IntegerObserver& observe = {}) const;

 private:
  // What a node needs beside itself, if anything.
  struct Prepared {
    std::unique_ptr<kernels::CodeConv2d> convolve = {};    // to codes, or where there is none
    std::unique_ptr<kernels::IntegerConv2d> product = {};  // to sums
    std::unique_ptr<Requantizer> requantize = {};          // and on to codes
    std::optional<kernels::CodeAddLine> add = {};
    std::unique_ptr<RecurrentEvaluator> recurrent = {};
  };
  struct Prepare;
  struct Run;
  IntegerValue run_node(const IntegerNode& node, const std::vector<IntegerValue>& inputs) const;
  void run_chain(Range nodes, std::vector<IntegerValue>& values) const;
  void run_by_rows(Range nodes, std::vector<IntegerValue>& values) const;
  void run_rows(const IntegerNode& node, Range rows, std::vector<IntegerValue>& values) const;
  const Prepared& prepared(const IntegerNode& node) const;
  std::vector<Range> slices(long images) const;

  const IntegerGraph& graph_;
  long images_at_once_ = 1;
  std::vector<Prepared> prepared_;  // by node
  std::vector<Range> chains_;       // of nodes (edge/row_chains.h)
};

}  // namespace nibble::edge
