#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "edge/graph/integer_graph.h"

namespace nibble::edge {

// From real multipliers to integers. A layer's codes are ⌊m·acc + a⌋ clamped, m and a real (the rounding half
// is in a). With one shift n for the layer, M = ⌊2ⁿm + ½⌋ and B = ⌊2ⁿa + ½⌋ give  (acc·M + B) >> n,  where n
// is the largest that keeps |M| < 2³¹ and |acc|·|M| + |B| < 2⁶² for every accumulator the layer can produce.

constexpr double kMaxProduct = 4611686018427387904.0;  // 2⁶²

/// code = ⌊multiplier[c] · acc + addend[c]⌋ before the clamp; one entry per channel, or one for all.
struct RealLine {
  std::vector<double> multiplier, addend;
};

/// All that an accumulator, and each of its partial sums, can be.
struct AccumulatorRange {
  std::int64_t lo = 0, hi = 0;
  std::int64_t magnitude() const { return std::max(-lo, hi); }
};

/// Per output channel: Σ min(w, 0)·top ... Σ max(w, 0)·top. The border is a code, so it is included.
std::vector<AccumulatorRange> accumulator_ranges(std::span<const std::int8_t> weights, long out_channels,
                                                 int top);

/// `second` is empty, or the second line of a leaky ReLU. ranges: one per channel, or one for all. Throws
/// Error, opened by `who`, for a multiplier that no shift can hold.
///
/// All channels share one shift, so the largest multiplier decides how precise all are. A channel whose
/// weights are zero or tiny can have a huge one that does not matter. Therefore: a channel that is clamped
/// whatever comes in becomes a constant; one whose accumulator is always 0 gets multiplier 0; and a line so
/// steep that at most one accumulator is not clamped becomes the flattest line with the same codes.
Requantization fixed_point(const RealLine& line, const RealLine& second,
                           std::span<const AccumulatorRange> ranges, int lo, int hi, const std::string& who);

/// code = ⌊multiplier1 · q₁ + multiplier2 · q₂ + addend⌋
struct RealAddLine {
  double multiplier1 = 0, multiplier2 = 0, addend = 0;
};

/// lines: one, or two for leaky ReLU. top1, top2: highest codes of the inputs.
IntegerAdd fixed_point(std::span<const RealAddLine> lines, int top1, int top2, int lo, int hi,
                       const std::string& who);

/// code = ⌊product · q₁·q₂ + multiplier1 · q₁ + multiplier2 · q₂ + addend⌋
struct RealProductLine {
  double product = 0, multiplier1 = 0, multiplier2 = 0, addend = 0;
};

/// top1, top2: highest codes of the inputs. One shift, as above; besides, top₂·|M| + |M₁| < 2³¹.
IntegerMultiply fixed_point(const RealProductLine& line, int top1, int top2, int lo, int hi,
                            const std::string& who);

/// Sums of gates in Q3.12 before their rounding: ⌊input[r] · acc_x + recurrent[r] · acc_h + addend[r]⌋, the
/// rounding half inside. `candidate`: empty, or of a GRU's last third of rows the addend beside acc_h.
struct RealGateLines {
  std::vector<double> input, recurrent, addend, candidate;
};

/// One shift for the layer, as above: the largest that keeps both multipliers below 2³¹ and
/// |acc_x|·|M_x| + |acc_h|·|M_h| + |B| below 2⁶².
GateLines fixed_point(const RealGateLines& lines, std::span<const AccumulatorRange> of_input,
                      std::span<const AccumulatorRange> of_state, const std::string& who);

/// Scores of 16 bits: ⌊multiplier[o] · acc + addend[o]⌋ limited to −2¹⁵ ... 2¹⁵ − 1.
Requantization fixed_point_scores(const RealLine& line, std::span<const AccumulatorRange> ranges,
                                  const std::string& who);

/// The code that leaves an accumulator. 64-bit arithmetic; fixed_point has proven that it suffices.
inline int apply(const Requantization& r, std::int64_t acc, long channel) {
  const auto c = r.mult.size() == 1 ? 0 : static_cast<std::size_t>(channel);
  std::int64_t code = (acc * r.mult[c] + r.offset[c]) >> r.shift;
  if (!r.mult2.empty()) code = std::max(code, (acc * r.mult2[c] + r.offset2[c]) >> r.shift);
  return static_cast<int>(std::clamp<std::int64_t>(code, r.lo, r.hi));
}

inline int apply(const IntegerAdd& add, int q1, int q2) {
  const auto line = [&](const AddLine& l) {
    return (std::int64_t{q1} * l.mult1 + std::int64_t{q2} * l.mult2 + l.offset) >> add.shift;
  };
  std::int64_t code = line(add.line);
  if (add.line2) code = std::max(code, line(*add.line2));
  return static_cast<int>(std::clamp<std::int64_t>(code, add.lo, add.hi));
}

}  // namespace nibble::edge
