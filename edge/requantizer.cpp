#include "edge/requantizer.h"

#include <algorithm>

namespace nibble::edge {

namespace {

constexpr long kLongLoop = 512;  // few channels are repeated until a loop has about this length

template <typename T>
std::vector<T> repeated(const std::vector<T>& from, long channels, long period) {
  std::vector<T> all;
  if (from.empty()) return all;
  for (long i = 0; i < period; ++i)
    all.push_back(from[from.size() == 1 ? 0 : static_cast<std::size_t>(i % channels)]);
  return all;
}

// A byte may alias anything: __restrict, and constants by value, let the loops become vector instructions.

void one_line(const std::int32_t* __restrict sums, const std::int32_t* __restrict mult,
              const std::int64_t* __restrict offset, long n, int shift, std::int64_t lo, std::int64_t hi,
              std::uint8_t* __restrict codes) {
  for (long i = 0; i < n; ++i) {
    const std::int64_t code = (std::int64_t{sums[i]} * std::int64_t{mult[i]} + offset[i]) >> shift;
    codes[i] = static_cast<std::uint8_t>(std::min(std::max(code, lo), hi));
  }
}

void larger_of_two_lines(const std::int32_t* __restrict sums, const std::int32_t* __restrict mult,
                         const std::int64_t* __restrict offset, const std::int32_t* __restrict mult2,
                         const std::int64_t* __restrict offset2, long n, int shift, std::int64_t lo,
                         std::int64_t hi, std::uint8_t* __restrict codes) {
  for (long i = 0; i < n; ++i) {
    const std::int64_t first = (std::int64_t{sums[i]} * std::int64_t{mult[i]} + offset[i]) >> shift;
    const std::int64_t second = (std::int64_t{sums[i]} * std::int64_t{mult2[i]} + offset2[i]) >> shift;
    codes[i] = static_cast<std::uint8_t>(std::min(std::max(std::max(first, second), lo), hi));
  }
}

}  // namespace

Requantizer::Requantizer(const Requantization& r, long channels)
    : channels_(channels),
      period_(channels * std::max(1L, kLongLoop / channels)),
      mult_(repeated(r.mult, channels, period_)),
      mult2_(repeated(r.mult2, channels, period_)),
      offset_(repeated(r.offset, channels, period_)),
      offset2_(repeated(r.offset2, channels, period_)),
      shift_(r.shift),
      lo_(r.lo),
      hi_(r.hi) {}

void Requantizer::apply(const std::int32_t* sums, long first, long n, std::uint8_t* codes) const {
  if (mult2_.empty()) {
    one_line(sums, mult_.data() + first, offset_.data() + first, n, shift_, lo_, hi_, codes);
  } else {
    larger_of_two_lines(sums, mult_.data() + first, offset_.data() + first, mult2_.data() + first,
                        offset2_.data() + first, n, shift_, lo_, hi_, codes);
  }
}

void Requantizer::operator()(const kernels::IntegerSums& sums, std::uint8_t* codes) const {
  const std::int32_t* from = sums.data;
  std::uint8_t* into = codes + sums.pixels.begin * channels_ + sums.channels.begin;
  if (sums.channels.size() < channels_) {
    for (long i = 0; i < sums.pixels.size(); ++i, from += sums.channels.size(), into += channels_)
      apply(from, sums.channels.begin, sums.channels.size(), into);
    return;
  }
  for (long left = sums.pixels.size() * channels_; left > 0;
       left -= period_, from += period_, into += period_)
    apply(from, 0, std::min(left, period_), into);
}

}  // namespace nibble::edge
