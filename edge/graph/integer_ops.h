#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/kernels/recurrent/recurrent_cell.h"
#include "core/shape.h"

namespace nibble::edge {

/// Everything that the rest of the house asks of an op: kind, shape rule, checks, cost, reference, C
/// (edge/graph/op_rule.h). Each op's rule stands in a file of its own in edge/ops.
template <typename Op>
struct OpRule;

/// Codes leave an accumulator by   code = clamp((acc · mult[c] + offset[c]) >> shift, lo, hi)   in 64 bits,
/// with an arithmetic shift; the rounding half is inside offset. One entry per output channel, or one for
/// all. Leaky ReLU is the maximum of two lines: with `mult2` given, the larger of both results before the
/// clamp.
struct Requantization {
  std::vector<std::int32_t> mult;
  std::vector<std::int64_t> offset;
  std::vector<std::int32_t> mult2;  // empty, or as mult
  std::vector<std::int64_t> offset2;
  int shift = 0;  // 0 ... 62
  int lo = 0;
  int hi = 255;
};

/// y = W ∗ x over codes; positions outside the image read as border_code.
struct IntegerConv {
  Size2 kernel, stride, padding, dilation;
  int groups = 1;
  int border_code = 0;
  int weight_bits = 4;               // storage: 4 (two a byte) or 8
  std::vector<std::int8_t> weights;  // codes, [O, KH, KW, C/groups]
  Requantization requantization;
  Size2 extra{0, 0};  // more padding at the end only
  static const OpRule<IntegerConv> rule;
};

/// Scores of one scale are accumulators: y = acc + bias, without a requantization. Where each row has its own
/// scale, they are requantized to 16 bits, lo = −2¹⁵, hi = 2¹⁵ − 1, without a bias.
struct IntegerLinear {
  int weight_bits = 4;
  std::vector<std::int8_t> weights;  // [O, I]
  Requantization requantization;     // mult empty for 32-bit scores
  std::vector<std::int32_t> bias;    // 32-bit scores only
  static const OpRule<IntegerLinear> rule;
};

struct AddLine {
  std::int32_t mult1 = 0, mult2 = 0;
  std::int64_t offset = 0;
};

/// code = clamp((q₁ · mult1 + q₂ · mult2 + offset) >> shift, lo, hi), of two lines the larger (leaky ReLU).
struct IntegerAdd {
  AddLine line;
  std::optional<AddLine> line2;
  int shift = 0, lo = 0, hi = 255;
  static const OpRule<IntegerAdd> rule;
};

/// code = clamp((q₁ · (q₂ · product + mult1) + q₂ · mult2 + offset) >> shift, lo, hi): element by element, or
/// with one q₂ a channel. q₂ · product + mult1 fits 32 bits, so that q₂ makes a line of q₁.
struct IntegerMultiply {
  std::int32_t product = 0, mult1 = 0, mult2 = 0;
  std::int64_t offset = 0;
  int shift = 0, lo = 0, hi = 255;
  static const OpRule<IntegerMultiply> rule;
};

/// code = table[q]
struct IntegerTable {
  std::vector<std::uint8_t> table;  // one entry for each code of the input, or 256
  static const OpRule<IntegerTable> rule;
};

/// Largest code of each window; positions outside the image do not take part.
struct IntegerMaxPool {
  Size2 kernel, stride, padding;
  Size2 extra{0, 0};  // more padding at the end only
  static const OpRule<IntegerMaxPool> rule;
};

/// acc = Σ codes of the window, then requantized; the mean's divisor is inside mult. No padding. Global
/// pooling is a window of the whole image.
struct IntegerAveragePool {
  Size2 kernel, stride;
  Requantization requantization;
  static const OpRule<IntegerAveragePool> rule;
};

/// Every stride-th pixel, `leading` channels of border_code in front, as many as needed behind.
struct IntegerSubsample {
  int stride = 2;
  int leading = 0;
  int border_code = 0;
  static const OpRule<IntegerSubsample> rule;
};

/// Each pixel factor × factor times.
struct IntegerUpsample {
  int factor = 2;
  static const OpRule<IntegerUpsample> rule;
};

/// The same codes under another shape.
struct IntegerReshape {
  static const OpRule<IntegerReshape> rule;
};

/// Channels begin ≤ c < end.
struct IntegerSlice {
  int begin = 0, end = 0;
  static const OpRule<IntegerSlice> rule;
};

/// Channels of all inputs, which have one grid, one after the other.
struct IntegerConcat {
  static const OpRule<IntegerConcat> rule;
};

/// The row of a token.
struct IntegerEmbedding {
  int code_bits = 4;                // storage: 4 (two a byte) or 8
  std::vector<std::uint8_t> table;  // codes, [vocabulary, features]
  static const OpRule<IntegerEmbedding> rule;
};

/// Sums of gates in Q3.12 (core/kernels/recurrent/gate_table.h), row by row of a recurrent node:
///   z = clamp16((input_mult · acc_x + recurrent_mult · acc_h + offset) >> shift)
/// in 64 bits; the rounding half is inside offset. A GRU's n has two sums, which are rounded and clamped each
/// for itself: input_mult · acc_x + offset and recurrent_mult · acc_h + candidate_offset.
struct GateLines {
  std::vector<std::int32_t> input_mult, recurrent_mult;  // [G·H]
  std::vector<std::int64_t> offset;                      // [G·H]
  std::vector<std::int64_t> candidate_offset;            // GRU: [H], else empty
  int shift = 0;                                         // 0 ... 62
};

/// An LSTM or GRU in fixed point (CellFormat of core/kernels/recurrent/recurrent_cell.h), one step after
/// another. Its output are the codes of h, which it also multiplies in the next step: as many as there are
/// thresholds ≤ h (Q0.15). Before the first step h and c are 0.
struct IntegerRecurrent {
  kernels::RecurrentKind kind = kernels::RecurrentKind::lstm;
  int cell_fraction_bits = 11;                 // of an LSTM's c: 0 ... 15
  int weight_bits = 4;                         // storage of both weights: 4 (two a byte) or 8
  std::vector<std::int8_t> input_weights;      // [G·H, I], gate after gate: LSTM i f g o, GRU r z n
  std::vector<std::int8_t> recurrent_weights;  // [G·H, H]
  GateLines gates;
  std::vector<std::int16_t> thresholds;  // rising, at most `top` of the output

  long rows() const { return static_cast<long>(gates.offset.size()); }
  long hidden() const { return rows() / kernels::gates_of(kind); }
  int code(int h) const {
    return static_cast<int>(std::upper_bound(thresholds.begin(), thresholds.end(), h) - thresholds.begin());
  }
  static const OpRule<IntegerRecurrent> rule;
};

using IntegerOp =
    std::variant<IntegerConv, IntegerLinear, IntegerAdd, IntegerTable, IntegerMaxPool, IntegerAveragePool,
                 IntegerSubsample, IntegerUpsample, IntegerReshape, IntegerEmbedding, IntegerRecurrent,
                 IntegerMultiply, IntegerSlice, IntegerConcat>;

}  // namespace nibble::edge
