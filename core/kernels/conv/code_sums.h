#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "core/array.h"
#include "core/kernels/pointwise/channel_stats.h"
#include "core/piecewise_tensor.h"

namespace nibble::kernels {

/// A product of codes before it is scaled: exact sums of 16 bits, half as long as a float, and a line for
/// each channel: value = gain[c] · sum + offset[c].
struct CodeSums {
  Array<std::int16_t> sums;  // [..., C]
  Tensor gain, offset;       // [C], gain positive

  PiecewiseTensor values() const;
};

/// Σ and Σ² of each channel's sums. They are exact integers, so they do not depend on how the batch is cut
/// nor on the order of the parts.
class SumPowers {
 public:
  explicit SumPowers(long channels);
  /// Adds some channels of n rows, which are `pitch` apart. May be called on any thread.
  void add(const std::int16_t* rows, long n, Range channels, long pitch);
  /// The moments of the values, after all rows have been added.
  ChannelMoments moments(const CodeSums& all) const;

 private:
  std::vector<std::int64_t> sum_, square_;
  std::mutex mutex_;
};

}  // namespace nibble::kernels
