#pragma once

#include <cstdint>
#include <vector>

#include "core/kernels/integer_conv2d.h"
#include "edge/integer_graph.h"

namespace nibble::edge {

/// Makes codes of blocks of sums: `apply` of edge/fixed_point.h in loops that a compiler turns into vector
/// instructions, equal in every bit.
class Requantizer {
 public:
  /// channels: of the layer.
  Requantizer(const Requantization& r, long channels);

  /// codes: [pixels, channels], all of the layer's.
  void operator()(const kernels::IntegerSums& sums, std::uint8_t* codes) const;

 private:
  void apply(const std::int32_t* sums, long first, long n, std::uint8_t* codes) const;

  long channels_, period_;
  std::vector<std::int32_t> mult_, mult2_;  // [period]: the channels', over and over
  std::vector<std::int64_t> offset_, offset2_;
  int shift_;
  std::int64_t lo_, hi_;
};

}  // namespace nibble::edge
