#pragma once

#include <cstdint>

#include "core/array.h"
#include "core/kernels/channel_stats.h"

namespace nibble::kernels {

/// What a product of codes is before it is scaled: exact sums, half as long as a float, and a line for each
/// channel: value = gain[c] · sum + offset[c].
struct CodeSums {
  Array<std::int16_t> sums;  // [..., C]
  Tensor gain, offset;       // [C], gain positive

  Tensor values() const;
};

/// As of their values.
PartialMoments partial_moments(const CodeSums& rows);

}  // namespace nibble::kernels
