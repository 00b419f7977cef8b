#pragma once

#include <vector>

#include "core/parallel.h"
#include "edge/graph/integer_graph.h"
#include "edge/graph/integer_value.h"
#include "edge/graph/text.h"
#include "edge/run/prepared_node.h"

namespace nibble::edge {

/// The fast twin of run_reference, equal in every bit: convolutions and linear layers multiply bytes with
/// exact int32 sums, weights packed once, and sums become codes in the registers that they were made in, or
/// in the cache. A few images at a time go through all layers, so that what one layer writes is still in the
/// cache for the next.
class Evaluator {
 public:
  /// graph: verified (edge/graph/verify.h); outlives the evaluator, so it can be no temporary.
  explicit Evaluator(const IntegerGraph& graph);
  explicit Evaluator(const IntegerGraph&&) = delete;

  /// input: [N, ...sample] codes. Returns the outputs as numbers, [N, ...]. Throws Error for another input.
  IntegerOutputs outputs(const Array<std::uint8_t>& input, const IntegerListener& listener = {}) const;

  /// The same for a graph that reads text: all steps of the batch. `state` is read, and left as the last step
  /// made it; empty, it is zero. Returns [steps · sequences, ...] of each output.
  IntegerOutputs outputs(const TokenBatch& batch, IntegerState& state,
                         const IntegerListener& listener = {}) const;

  /// The output of a graph that has one. Throws Error for a graph with several.
  Array<std::int32_t> operator()(const Array<std::uint8_t>& input,
                                 const IntegerListener& listener = {}) const;
  Array<std::int32_t> operator()(const TokenBatch& batch, IntegerState& state,
                                 const IntegerListener& listener = {}) const;

 private:
  void run_chain(Range nodes, std::vector<IntegerValue>& values) const;
  void run_by_rows(Range nodes, std::vector<IntegerValue>& values) const;
  const PreparedNode& prepared(const IntegerNode& node) const;
  std::vector<Range> slices(long images) const;

  const IntegerGraph& graph_;
  long images_at_once_ = 1;
  std::vector<PreparedNode> prepared_;  // by node
  std::vector<Range> chains_;           // of nodes (edge/run/row_chains.h)
};

}  // namespace nibble::edge
