#include "core/kernels/conv/code_sums.h"

#include <algorithm>

namespace nibble::kernels {

PiecewiseTensor CodeSums::values() const {
  return {sums.shape(), [sums = sums, gain = gain, offset = offset](Range elements, Real* into) {
            const long channels = gain.size();
            const Real *const g = gain.data(), *const o = offset.data();
            for (long m = elements.begin; m < elements.end; m += channels, into += channels) {
              const std::int16_t* const from = sums.data() + m;
              for (long c = 0; c < channels; ++c) into[c] = static_cast<Real>(from[c]) * g[c] + o[c];
            }
          }};
}

namespace {

// A square is split in two parts, so that the sum of each part over so many rows fits int32.
constexpr int kLow = 15;
constexpr long kRows = 1 << 15;

void add_row(const std::int16_t* __restrict from, long channels, std::int32_t* __restrict sum,
             std::int32_t* __restrict low, std::int32_t* __restrict high) {
  for (long c = 0; c < channels; ++c) {
    const std::int32_t s = from[c], square = s * s;
    sum[c] += s;
    low[c] += square & ((1 << kLow) - 1);
    high[c] += square >> kLow;
  }
}

}  // namespace

SumPowers::SumPowers(long channels)
    : sum_(static_cast<std::size_t>(channels)), square_(static_cast<std::size_t>(channels)) {}

void SumPowers::add(const std::int16_t* rows, long n, Range channels, long pitch) {
  const long width = channels.size();
  for (long first = 0; first < n; first += kRows) {
    std::vector<std::int32_t> memory(static_cast<std::size_t>(3 * width));
    std::int32_t *const sum = memory.data(), *const low = sum + width, *const high = low + width;
    const long end = std::min(first + kRows, n);
    for (long m = first; m < end; ++m) add_row(rows + m * pitch, width, sum, low, high);
    const std::lock_guard lock(mutex_);
    for (long c = 0; c < width; ++c) {
      const auto at = static_cast<std::size_t>(channels.begin + c);
      sum_[at] += sum[c];
      square_[at] += (static_cast<std::int64_t>(high[c]) << kLow) + low[c];
    }
  }
}

ChannelMoments SumPowers::moments(const CodeSums& all) const {
  const long channels = all.gain.size();
  const double rows = static_cast<double>(all.sums.size() / channels);
  ChannelMoments result{Tensor({channels}), Tensor({channels})};
  for (long c = 0; c < channels; ++c) {
    const auto at = static_cast<std::size_t>(c);
    const double mean = static_cast<double>(sum_[at]) / rows, gain = static_cast<double>(all.gain[c]);
    const double variance = static_cast<double>(square_[at]) / rows - mean * mean;
    result.mean[c] = static_cast<Real>(gain * mean + static_cast<double>(all.offset[c]));
    result.variance[c] = static_cast<Real>(gain * gain * std::max(variance, 0.0));
  }
  return result;
}

}  // namespace nibble::kernels
