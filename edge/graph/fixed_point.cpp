#include "edge/graph/fixed_point.h"

#include <cmath>

#include "core/check.h"

namespace nibble::edge {

namespace {

constexpr int kMaxShift = 62;
constexpr double kMaxMultiplier = 2147483647.0;  // |M| < 2³¹

// ⌊2ⁿv + ½⌋. In long double, since v + ½ is not exact in double from 2⁵² on.
long double scaled(double v, int n) { return std::floor(std::ldexp(static_cast<long double>(v), n) + 0.5L); }

// Whether  Σ |acc_i|·|m_i| + |a|  stays in range at shift n.
bool fits(std::span<const double> multipliers, std::span<const std::int64_t> magnitudes, double addend,
          int n) {
  long double total = std::abs(scaled(addend, n));
  for (std::size_t i = 0; i < multipliers.size(); ++i) {
    const long double m = std::abs(scaled(multipliers[i], n));
    if (m > kMaxMultiplier) return false;
    total += m * static_cast<long double>(magnitudes[i]);
  }
  return total < kMaxProduct;
}

// The largest shift at which `fits_at(n)` holds; it holds for all smaller ones then.
template <typename FitsAt>
int largest_shift(FitsAt fits_at, const std::string& who) {
  int n = kMaxShift;
  while (n >= 0 && !fits_at(n)) --n;
  check(n >= 0, who,
        ": found a multiplier or an offset beyond 32 and 62 bits, expected scales that are closer together");
  return n;
}

std::int32_t to_mult(double m, int n) { return static_cast<std::int32_t>(scaled(m, n)); }
std::int64_t to_offset(double a, int n) { return static_cast<std::int64_t>(scaled(a, n)); }

struct Ends {
  double lowest, highest;
};
Ends ends(double m, double a, const AccumulatorRange& range) {
  const double at_lo = m * static_cast<double>(range.lo) + a, at_hi = m * static_cast<double>(range.hi) + a;
  return {std::min(at_lo, at_hi), std::max(at_lo, at_hi)};
}

void check_finite(const RealLine& line, const std::string& who) {
  for (std::size_t c = 0; c < line.multiplier.size(); ++c) {
    check(std::isfinite(line.multiplier[c]) && std::isfinite(line.addend[c]), who, ": found multiplier ",
          line.multiplier[c], " and addend ", line.addend[c], " in channel ", c, ", expected finite numbers");
  }
}

// Replaces channels whose code is lo, or hi, whatever comes in by that constant.
void settle_clamped_channels(RealLine& line, RealLine& second, std::span<const AccumulatorRange> ranges,
                             int lo, int hi) {
  for (std::size_t c = 0; c < line.multiplier.size(); ++c) {
    const AccumulatorRange& range = ranges[ranges.size() == 1 ? 0 : c];
    Ends code = ends(line.multiplier[c], line.addend[c], range);
    if (!second.multiplier.empty()) {
      const Ends other = ends(second.multiplier[c], second.addend[c], range);
      code = {std::max(code.lowest, other.lowest), std::max(code.highest, other.highest)};
    }
    const bool always_lo = code.highest < lo + 1, always_hi = code.lowest >= hi;
    if (!always_lo && !always_hi) continue;
    for (RealLine* l : {&line, &second}) {
      if (l->multiplier.empty()) continue;
      l->multiplier[c] = 0;
      l->addend[c] = (always_lo ? lo : hi) + 0.5;
    }
  }
}

// Where the accumulator is always 0, the multiplier says nothing.
void settle_zero_channels(RealLine& line, RealLine& second, std::span<const AccumulatorRange> ranges) {
  for (std::size_t c = 0; c < line.multiplier.size(); ++c) {
    if (ranges[ranges.size() == 1 ? 0 : c].magnitude() != 0) continue;
    line.multiplier[c] = 0;
    if (!second.multiplier.empty()) second.multiplier[c] = 0;
  }
}

// A line so steep that at most one accumulator p is not clamped, and its neighbours are clamped at lo and at
// hi: its slope may shrink about p as far as that stays so. Where p itself is clamped, its value may come
// nearer, too.
void flatten_steep_channels(RealLine& line, int lo, int hi) {
  for (std::size_t c = 0; c < line.multiplier.size(); ++c) {
    const long double m = line.multiplier[c], a = line.addend[c], middle = 0.5L * (lo + hi);
    if (std::abs(m) <= hi - lo + 2) continue;
    const long double p = std::floor((middle - a) / m + 0.5L);
    const long double at_p = std::clamp(m * p + a, lo - 0.5L, hi + 0.5L);
    // One more than needed on both sides, so that no rounding to the shift can undo it.
    const long double enough = std::max(hi + 1 - at_p, at_p - lo) + 1;
    if (enough >= std::abs(m)) continue;
    const long double flat = m < 0 ? -enough : enough;
    line.multiplier[c] = static_cast<double>(flat);
    line.addend[c] = static_cast<double>(at_p - flat * p);
  }
}

}  // namespace

std::vector<AccumulatorRange> accumulator_ranges(std::span<const std::int8_t> weights, long out_channels,
                                                 int top) {
  std::vector<AccumulatorRange> ranges(static_cast<std::size_t>(out_channels));
  const std::size_t row = weights.size() / ranges.size();
  for (std::size_t o = 0; o < ranges.size(); ++o) {
    for (const int w : weights.subspan(o * row, row))
      (w < 0 ? ranges[o].lo : ranges[o].hi) += std::int64_t{w} * top;
  }
  return ranges;
}

Requantization fixed_point(const RealLine& given_line, const RealLine& given_second,
                           std::span<const AccumulatorRange> ranges, int lo, int hi, const std::string& who) {
  RealLine line = given_line, second = given_second;
  check_finite(line, who);
  check_finite(second, who);
  settle_clamped_channels(line, second, ranges, lo, hi);
  settle_zero_channels(line, second, ranges);
  if (second.multiplier.empty()) flatten_steep_channels(line, lo, hi);

  const auto fits_at = [&](int n) {
    for (const RealLine* l : {&line, &second}) {
      for (std::size_t c = 0; c < l->multiplier.size(); ++c) {
        const std::int64_t magnitude = ranges[ranges.size() == 1 ? 0 : c].magnitude();
        if (!fits({&l->multiplier[c], 1}, {&magnitude, 1}, l->addend[c], n)) return false;
      }
    }
    return true;
  };
  Requantization r;
  r.shift = largest_shift(fits_at, who);
  r.lo = lo;
  r.hi = hi;
  for (std::size_t c = 0; c < line.multiplier.size(); ++c) {
    r.mult.push_back(to_mult(line.multiplier[c], r.shift));
    r.offset.push_back(to_offset(line.addend[c], r.shift));
  }
  for (std::size_t c = 0; c < second.multiplier.size(); ++c) {
    r.mult2.push_back(to_mult(second.multiplier[c], r.shift));
    r.offset2.push_back(to_offset(second.addend[c], r.shift));
  }
  return r;
}

IntegerAdd fixed_point(std::span<const RealAddLine> lines, int top1, int top2, int lo, int hi,
                       const std::string& who) {
  const std::int64_t magnitudes[] = {top1, top2};
  for (const RealAddLine& l : lines) {
    check(std::isfinite(l.multiplier1) && std::isfinite(l.multiplier2) && std::isfinite(l.addend), who,
          ": found multipliers ", l.multiplier1, " and ", l.multiplier2, " and addend ", l.addend,
          ", expected finite numbers");
  }
  const auto fits_at = [&](int n) {
    return std::all_of(lines.begin(), lines.end(), [&](const RealAddLine& l) {
      const double multipliers[] = {l.multiplier1, l.multiplier2};
      return fits(multipliers, magnitudes, l.addend, n);
    });
  };
  IntegerAdd add;
  add.shift = largest_shift(fits_at, who);
  add.lo = lo;
  add.hi = hi;
  const auto to_line = [&](const RealAddLine& l) {
    return AddLine{to_mult(l.multiplier1, add.shift), to_mult(l.multiplier2, add.shift),
                   to_offset(l.addend, add.shift)};
  };
  add.line = to_line(lines[0]);
  if (lines.size() == 2) add.line2 = to_line(lines[1]);
  return add;
}

IntegerMultiply fixed_point(const RealProductLine& line, int top1, int top2, int lo, int hi,
                            const std::string& who) {
  check(std::isfinite(line.product) && std::isfinite(line.multiplier1) && std::isfinite(line.multiplier2) &&
            std::isfinite(line.addend),
        who, ": found multipliers ", line.product, ", ", line.multiplier1, " and ", line.multiplier2,
        " and addend ", line.addend, ", expected finite numbers");
  const double multipliers[] = {line.product, line.multiplier1, line.multiplier2};
  const std::int64_t magnitudes[] = {std::int64_t{top1} * top2, top1, top2};
  const auto fits_at = [&](int n) {
    const long double steepest =
        std::abs(scaled(line.product, n)) * top2 + std::abs(scaled(line.multiplier1, n));
    return steepest <= kMaxMultiplier && fits(multipliers, magnitudes, line.addend, n);
  };
  const int shift = largest_shift(fits_at, who);
  return {.product = to_mult(line.product, shift),
          .mult1 = to_mult(line.multiplier1, shift),
          .mult2 = to_mult(line.multiplier2, shift),
          .offset = to_offset(line.addend, shift),
          .shift = shift,
          .lo = lo,
          .hi = hi};
}

GateLines fixed_point(const RealGateLines& lines, std::span<const AccumulatorRange> of_input,
                      std::span<const AccumulatorRange> of_state, const std::string& who) {
  const std::size_t rows = lines.addend.size(), first_candidate = rows - lines.candidate.size();
  const auto candidate = [&](std::size_t r) {
    return r < first_candidate ? 0 : lines.candidate[r - first_candidate];
  };
  for (std::size_t r = 0; r < rows; ++r) {
    check(std::isfinite(lines.input[r]) && std::isfinite(lines.recurrent[r]) &&
              std::isfinite(lines.addend[r]) && std::isfinite(candidate(r)),
          who, ": found multipliers ", lines.input[r], " and ", lines.recurrent[r], " and addends ",
          lines.addend[r], " and ", candidate(r), " in row ", r, ", expected finite numbers");
  }
  const auto fits_at = [&](int n) {
    for (std::size_t r = 0; r < rows; ++r) {
      const double multipliers[] = {lines.input[r], lines.recurrent[r]};
      const std::int64_t magnitudes[] = {of_input[r].magnitude(), of_state[r].magnitude()};
      const double addend = std::abs(lines.addend[r]) + std::abs(candidate(r));
      if (!fits(multipliers, magnitudes, addend, n)) return false;
    }
    return true;
  };
  GateLines integers;
  integers.shift = largest_shift(fits_at, who);
  for (std::size_t r = 0; r < rows; ++r) {
    integers.input_mult.push_back(to_mult(lines.input[r], integers.shift));
    integers.recurrent_mult.push_back(to_mult(lines.recurrent[r], integers.shift));
    integers.offset.push_back(to_offset(lines.addend[r], integers.shift));
  }
  for (const double addend : lines.candidate)
    integers.candidate_offset.push_back(to_offset(addend, integers.shift));
  return integers;
}

Requantization fixed_point_scores(const RealLine& line, std::span<const AccumulatorRange> ranges,
                                  const std::string& who) {
  return fixed_point(line, {}, ranges, -32768, 32767, who);
}

}  // namespace nibble::edge
