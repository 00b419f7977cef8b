#pragma once

#include <cstdint>
#include <vector>

#include "datasets/images/resample.h"

namespace nibble {

/// Bits behind the point of a weight: 32, less 8 for a pixel and 2 for sums that leave its range.
inline constexpr int kWeightBits = 22;

/// Along one axis: result i is the sum of taps(i) source pixels from first(i) on, each times its weight.
class ResampleWeights {
 public:
  /// Of results begin ≤ i < end of an axis that is scaled from `from` pixels to `to`.
  ResampleWeights(long from, long to, long begin, long end, Interpolation interpolation);

  long first(long i) const { return first_[index(i)]; }
  long taps(long i) const { return taps_[index(i)]; }
  const std::int32_t* weights(long i) const { return weights_.data() + index(i) * width_; }
  /// The source pixels that any of the results reads: begin() ≤ x < end().
  long begin() const { return first_.front(); }
  long end() const { return first_.back() + taps_.back(); }

 private:
  std::size_t index(long i) const { return static_cast<std::size_t>(i - begin_); }

  long begin_;
  std::size_t width_;  // room for the weights of one result
  std::vector<long> first_, taps_;
  std::vector<std::int32_t> weights_;
};

/// A sum of weighted pixels, which began with one half, as a byte.
inline std::uint8_t byte_of_sum(std::int32_t sum) {
  const std::int32_t value = sum >> kWeightBits;
  return static_cast<std::uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
}

}  // namespace nibble
