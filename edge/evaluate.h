#pragma once

#include <memory>
#include <vector>

#include "core/kernels/integer_conv2d.h"
#include "edge/integer_graph.h"
#include "edge/integer_value.h"

namespace nibble::edge {

/// The fast twin of run_reference, equal in every bit: convolutions and linear layers multiply bytes with
/// exact int32 sums, weights packed once, and sums become codes while they are in the cache.
class Evaluator {
 public:
  /// graph: verified (edge/verify.h); outlives the evaluator.
  explicit Evaluator(const IntegerGraph& graph);

  /// input: [N, ...sample] codes. Returns the output as numbers, [N, ...]. Throws Error for another input.
  Array<std::int32_t> operator()(const Array<std::uint8_t>& input, const IntegerObserver& observe = {}) const;

 private:
  const IntegerGraph& graph_;
  std::vector<std::unique_ptr<kernels::IntegerConv2d>> products_;  // of a node, where it has one
};

}  // namespace nibble::edge
