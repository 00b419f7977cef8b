#include "edge/graph/range_checks.h"

#include <cmath>
#include <limits>

#include "core/check.h"

namespace nibble::edge {
namespace {

constexpr std::int64_t kMaxAccumulator = std::numeric_limits<std::int32_t>::max();

}  // namespace

void check_weights(const NodeView& node, std::span<const std::int8_t> codes, int bits) {
  check(bits == 4 || bits == 8, node.who, ": found weights stored in ", bits, " bits, expected 4 or 8");
  for (const int w : codes) {
    check(bits == 8 || (-8 <= w && w <= 7), node.who, ": found weight code ", w,
          ", expected -8 ... 7 in 4 bits");
  }
}

void check_border(const NodeView& node, int code) {
  check(0 <= code && code <= node.in().top, node.who, ": found border code ", code, ", expected 0 ... ",
        node.in().top);
}

void check_shift(const NodeView& node, int shift) {
  check(0 <= shift && shift <= 62, node.who, ": found a shift of ", shift, ", expected 0 ... 62");
}

void check_clamp(const NodeView& node, int lo, int hi, int shift) {
  if (node.out().scores) {
    check(lo == -32768 && hi == 32767, node.who, ": found scores ", lo, " ... ", hi,
          ", expected -32768 ... 32767 of 16 bits");
  } else {
    check(0 <= lo && lo <= hi && hi <= node.out().top, node.who, ": found codes ", lo, " ... ", hi,
          ", expected 0 ... ", node.out().top);
  }
  check_shift(node, shift);
}

void check_accumulator(const NodeView& node, const AccumulatorRange& range, long channel) {
  check(range.magnitude() <= kMaxAccumulator, node.who, ": found accumulators up to ", range.magnitude(),
        " in channel ", channel, ", expected 32 bits to hold them");
}

void check_product(const NodeView& node, double total, long channel) {
  check(total < kMaxProduct, node.who,
        ": found a product of accumulator and multiplier beyond 62 bits in channel ", channel,
        ", expected a smaller shift");
}

void check_requantization(const NodeView& node, const Requantization& r,
                          std::span<const AccumulatorRange> ranges, long channels) {
  const std::size_t n = r.mult.size();
  check(n == 1 || n == static_cast<std::size_t>(channels), node.who, ": found ", n,
        " multipliers, expected 1 or ", channels);
  const bool second = r.mult2.empty() ? r.offset2.empty() : r.mult2.size() == n && r.offset2.size() == n;
  check(r.offset.size() == n && second, node.who, ": found ", r.offset.size(), ", ", r.mult2.size(), ", ",
        r.offset2.size(), " further entries of the requantization, expected ", n,
        " (or none of a second line)");
  check_clamp(node, r.lo, r.hi, r.shift);
  for (long c = 0; c < channels; ++c) {
    const AccumulatorRange& range = ranges[ranges.size() == 1 ? 0 : static_cast<std::size_t>(c)];
    check_accumulator(node, range, c);
    const std::size_t i = n == 1 ? 0 : static_cast<std::size_t>(c);
    const auto total = [&](std::int32_t mult, std::int64_t offset) {
      return static_cast<double>(range.magnitude()) * std::abs(static_cast<double>(mult)) +
             std::abs(static_cast<double>(offset));
    };
    check_product(node, total(r.mult[i], r.offset[i]), c);
    if (!r.mult2.empty()) check_product(node, total(r.mult2[i], r.offset2[i]), c);
  }
}

void check_moved(const NodeView& node) {
  check(node.in().top == node.out().top, node.who, ": found codes up to ", node.in().top,
        " moved to codes up to ", node.out().top, ", expected one grid");
}

}  // namespace nibble::edge
