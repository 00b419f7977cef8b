#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/kernels/integer/integer_conv2d.h"
#include "edge/graph/fixed_point.h"
#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// Makes codes of blocks of sums: `apply` of edge/graph/fixed_point.h in vector instructions, equal in every
/// bit. Where the processor has wide float registers, channels whose integer line has an equal one in float
/// (edge/graph/float_line.h), nearly all, take that.
class Requantizer {
 public:
  /// channels: of the layer. ranges: what a channel's sums can be, one each or one for all.
  Requantizer(const Requantization& r, long channels, std::span<const AccumulatorRange> ranges);

  /// codes: [pixels, channels], all of the layer's.
  void operator()(const kernels::IntegerSums& sums, std::uint8_t* codes) const;

 private:
  void find_float_lines(std::span<const AccumulatorRange> ranges);
  void apply(const std::int32_t* sums, long first, long n, std::uint8_t* codes) const;

  Requantization line_;
  long channels_, period_;
  // [period]: the channels' constants, over and over
  std::vector<std::int32_t> mult_, mult2_;
  std::vector<std::int64_t> offset_, offset2_;
  std::vector<float> gain_, addend_;  // empty where integers are used
  std::vector<long> by_integers_;     // channels without a float line
};

}  // namespace nibble::edge
