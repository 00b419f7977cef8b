#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

#include "edge/graph/fixed_point.h"

namespace nibble::edge {

/// A line in float or double that gives the codes of an integer one. Half the bits of the integer line's 64
/// make a sum's way to its code twice as fast on a processor with wide float registers.
template <typename Number>
struct FloatLine {
  Number gain = 0, addend = 0;

  /// One rounding at the conversion, one at the fused multiply-add; the code is the whole part.
  int code(std::int64_t acc, int lo, int hi) const {
    const Number v = std::fma(static_cast<Number>(acc), gain, addend);
    return static_cast<int>(std::min(std::max(v, static_cast<Number>(lo)), static_cast<Number>(hi)));
  }
};

/// A line equal to  clamp((acc · mult + offset) >> shift, lo, hi)  for every acc of the range, 0 ≤ lo; or
/// none, if the few that are tried differ somewhere. Proven, not sampled: both lines are monotone (rounding
/// keeps order), so they are equal everywhere if they are at the ends of the range and on both sides of every
/// step of the integer line. Number: float or double.
template <typename Number>
std::optional<FloatLine<Number>> equal_line(std::int32_t mult, std::int64_t offset, int shift, int lo, int hi,
                                            const AccumulatorRange& range);

}  // namespace nibble::edge
