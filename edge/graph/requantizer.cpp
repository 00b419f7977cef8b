#include "edge/graph/requantizer.h"

#include <algorithm>

#include "edge/graph/float_line.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace nibble::edge {

namespace {

constexpr long kLongLoop = 512;  // few channels are repeated until a loop has about this length

constexpr long kChannelsWorthAnother = 16;  // by float that pay for one by integers

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

#ifdef __x86_64__
bool has_wide_floats() {
  static const bool can = __builtin_cpu_supports("avx512f");
  return can;
}

__attribute__((target("avx512f"))) void float_lines(const std::int32_t* sums, const float* gain,
                                                    const float* addend, long n, int lo, int hi,
                                                    std::uint8_t* codes) {
  const __m512 low = _mm512_set1_ps(static_cast<float>(lo)), high = _mm512_set1_ps(static_cast<float>(hi));
  const auto sixteen = [&](__mmask16 here, long i) __attribute__((target("avx512f"))) {
    const __m512 sum = _mm512_cvtepi32_ps(_mm512_maskz_loadu_epi32(here, sums + i));
    const __m512 line =
        _mm512_fmadd_ps(sum, _mm512_maskz_loadu_ps(here, gain + i), _mm512_maskz_loadu_ps(here, addend + i));
    return _mm512_cvtepi32_epi8(_mm512_cvttps_epi32(_mm512_min_ps(_mm512_max_ps(line, low), high)));
  };
  long i = 0;
  for (; i + 16 <= n; i += 16) _mm_storeu_si128(reinterpret_cast<__m128i*>(codes + i), sixteen(0xffff, i));
  if (i == n) return;
  std::uint8_t rest[16];  // a masked store of bytes is slow on some processors
  _mm_storeu_si128(reinterpret_cast<__m128i*>(rest), sixteen(static_cast<__mmask16>((1 << (n - i)) - 1), i));
  std::copy(rest, rest + (n - i), codes + i);
}
#else
bool has_wide_floats() { return false; }
void float_lines(const std::int32_t*, const float*, const float*, long, int, int, std::uint8_t*) {}
#endif

}  // namespace

Requantizer::Requantizer(const Requantization& r, long channels, std::span<const AccumulatorRange> ranges)
    : line_(r),
      channels_(channels),
      period_(channels * std::max(1L, kLongLoop / channels)),
      mult_(repeated(r.mult, channels, period_)),
      mult2_(repeated(r.mult2, channels, period_)),
      offset_(repeated(r.offset, channels, period_)),
      offset2_(repeated(r.offset2, channels, period_)) {
  if (has_wide_floats() && r.mult2.empty()) find_float_lines(ranges);
}

void Requantizer::find_float_lines(std::span<const AccumulatorRange> ranges) {
  std::vector<float> gain, addend;
  for (long c = 0; c < channels_; ++c) {
    const auto at = static_cast<std::size_t>(c);
    const AccumulatorRange& range = ranges[ranges.size() == 1 ? 0 : at];
    const auto line = equal_line<float>(mult_[at], offset_[at], line_.shift, line_.lo, line_.hi, range);
    if (!line) by_integers_.push_back(c);
    gain.push_back(line ? line->gain : 0);
    addend.push_back(line ? line->addend : 0);
  }
  // Each of the others costs a pass of its own over its channel.
  if (static_cast<long>(by_integers_.size()) * kChannelsWorthAnother > channels_) return;
  gain_ = repeated(gain, channels_, period_);
  addend_ = repeated(addend, channels_, period_);
}

void Requantizer::apply(const std::int32_t* sums, long first, long n, std::uint8_t* codes) const {
  if (!gain_.empty()) {
    float_lines(sums, gain_.data() + first, addend_.data() + first, n, line_.lo, line_.hi, codes);
  } else if (mult2_.empty()) {
    one_line(sums, mult_.data() + first, offset_.data() + first, n, line_.shift, line_.lo, line_.hi, codes);
  } else {
    larger_of_two_lines(sums, mult_.data() + first, offset_.data() + first, mult2_.data() + first,
                        offset2_.data() + first, n, line_.shift, line_.lo, line_.hi, codes);
  }
}

void Requantizer::operator()(const kernels::IntegerSums& sums, std::uint8_t* codes) const {
  const long pixels = sums.pixels.size(), width = sums.channels.size();
  std::uint8_t* const into = codes + sums.pixels.begin * channels_;
  if (width < channels_) {
    for (long i = 0; i < pixels; ++i)
      apply(sums.data + i * width, sums.channels.begin, width, into + i * channels_ + sums.channels.begin);
  } else {
    for (long at = 0; at < pixels * channels_; at += period_)
      apply(sums.data + at, 0, std::min(pixels * channels_ - at, period_), into + at);
  }
  if (gain_.empty()) return;
  for (const long c : by_integers_) {
    if (c < sums.channels.begin || c >= sums.channels.end) continue;
    const std::int32_t* sum = sums.data + c - sums.channels.begin;
    for (long i = 0; i < pixels; ++i, sum += width)
      into[i * channels_ + c] = static_cast<std::uint8_t>(edge::apply(line_, *sum, c));
  }
}

}  // namespace nibble::edge
