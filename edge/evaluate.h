#pragma once

#include <memory>
#include <vector>

#include "core/kernels/integer_conv2d.h"
#include "edge/integer_graph.h"
#include "edge/integer_value.h"
#include "edge/requantizer.h"

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
  // What a node needs beside itself, if anything.
  struct Prepared {
    std::unique_ptr<kernels::IntegerConv2d> product;
    std::unique_ptr<Requantizer> requantize;
  };
  struct Prepare;
  struct Run;

  const IntegerGraph& graph_;
  std::vector<Prepared> prepared_;  // by node
};

}  // namespace nibble::edge
