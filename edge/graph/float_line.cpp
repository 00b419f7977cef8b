#include "edge/graph/float_line.h"

#include <algorithm>
#include <limits>

namespace nibble::edge {

namespace {

__extension__ typedef __int128 Int128;  // code << shift may leave 64 bits

struct IntegerLine {
  std::int64_t mult, offset;
  int shift, lo, hi;
  AccumulatorRange range;

  int code(std::int64_t acc) const {
    return static_cast<int>(std::clamp<std::int64_t>((acc * mult + offset) >> shift, lo, hi));
  }

  // The accumulator nearest to the step up to `code`, inside the range: ⌊(code · 2ⁿ − offset) / mult⌋.
  std::int64_t step(int code) const {
    const Int128 distance = (Int128{code} << shift) - offset;
    const Int128 at = distance / mult;
    return static_cast<std::int64_t>(std::clamp<Int128>(at, range.lo, range.hi));
  }

  template <typename Number>
  bool equals(const FloatLine<Number>& line) const {
    const auto equal_at = [&](std::int64_t acc) {
      const std::int64_t inside = std::clamp(acc, range.lo, range.hi);
      return line.code(inside, lo, hi) == code(inside);
    };
    if (!equal_at(range.lo) || !equal_at(range.hi)) return false;
    if (mult == 0) return true;
    for (int k = lo + 1; k <= hi; ++k) {
      const std::int64_t at = step(k);  // truncated towards zero: the step is beside it, on either side
      if (!equal_at(at - 1) || !equal_at(at) || !equal_at(at + 1)) return false;
    }
    return true;
  }
};

}  // namespace

template <typename Number>
std::optional<FloatLine<Number>> equal_line(std::int32_t mult, std::int64_t offset, int shift, int lo, int hi,
                                            const AccumulatorRange& range) {
  const IntegerLine integers{mult, offset, shift, lo, hi, range};
  const double gain = std::ldexp(mult, -shift), addend = std::ldexp(static_cast<double>(offset), -shift);
  // A line a little higher or lower may miss the steps that the nearest one hits.
  const double nudge = std::ldexp(hi, -std::numeric_limits<Number>::digits);
  for (const int k : {0, 1, -1, 2, -2, 4, -4, 8, -8}) {
    const FloatLine<Number> line{static_cast<Number>(gain), static_cast<Number>(addend + k * nudge)};
    if (integers.equals(line)) return line;
  }
  return std::nullopt;
}

template std::optional<FloatLine<float>> equal_line(std::int32_t, std::int64_t, int, int, int,
                                                    const AccumulatorRange&);
template std::optional<FloatLine<double>> equal_line(std::int32_t, std::int64_t, int, int, int,
                                                     const AccumulatorRange&);

}  // namespace nibble::edge
