#include "edge/graph/verify_ranges.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <span>

#include "core/check.h"
#include "edge/graph/fixed_point.h"
#include "edge/graph/verify.h"

namespace nibble::edge {
namespace {

constexpr std::int64_t kMaxAccumulator = std::numeric_limits<std::int32_t>::max();
constexpr double kMaxProduct = 4611686018427387904.0;  // 2⁶²

struct Ranges {
  const std::string who;
  const IntegerGraph& graph;
  const IntegerNode& node;

  const IntegerTensor& input(std::size_t i = 0) const {
    return graph.tensors[static_cast<std::size_t>(node.inputs[i])];
  }
  const IntegerTensor& output() const { return graph.tensors[static_cast<std::size_t>(node.output)]; }

  void weights(std::span<const std::int8_t> codes, int bits) const {
    check(bits == 4 || bits == 8, who, ": found weights stored in ", bits, " bits, expected 4 or 8");
    for (const int w : codes) {
      check(bits == 8 || (-8 <= w && w <= 7), who, ": found weight code ", w,
            ", expected -8 ... 7 in 4 bits");
    }
  }

  void border(int code) const {
    check(0 <= code && code <= input().top, who, ": found border code ", code, ", expected 0 ... ",
          input().top);
  }

  void shifted(int shift) const {
    check(0 <= shift && shift <= 62, who, ": found a shift of ", shift, ", expected 0 ... 62");
  }

  void clamp(int lo, int hi, int shift) const {
    if (output().scores) {
      check(lo == -32768 && hi == 32767, who, ": found scores ", lo, " ... ", hi,
            ", expected -32768 ... 32767 of 16 bits");
    } else {
      check(0 <= lo && lo <= hi && hi <= output().top, who, ": found codes ", lo, " ... ", hi,
            ", expected 0 ... ", output().top);
    }
    shifted(shift);
  }

  void accumulator(const AccumulatorRange& range, long channel) const {
    check(range.magnitude() <= kMaxAccumulator, who, ": found accumulators up to ", range.magnitude(),
          " in channel ", channel, ", expected 32 bits to hold them");
  }

  void product(double total, long channel) const {
    check(total < kMaxProduct, who,
          ": found a product of accumulator and multiplier beyond 62 bits in channel ", channel,
          ", expected a smaller shift");
  }

  void requantization(const Requantization& r, std::span<const AccumulatorRange> ranges,
                      long channels) const {
    const std::size_t n = r.mult.size();
    check(n == 1 || n == static_cast<std::size_t>(channels), who, ": found ", n,
          " multipliers, expected 1 or ", channels);
    const bool second = r.mult2.empty() ? r.offset2.empty() : r.mult2.size() == n && r.offset2.size() == n;
    check(r.offset.size() == n && second, who, ": found ", r.offset.size(), ", ", r.mult2.size(), ", ",
          r.offset2.size(), " further entries of the requantization, expected ", n,
          " (or none of a second line)");
    clamp(r.lo, r.hi, r.shift);
    for (long c = 0; c < channels; ++c) {
      const AccumulatorRange& range = ranges[ranges.size() == 1 ? 0 : static_cast<std::size_t>(c)];
      accumulator(range, c);
      const std::size_t i = n == 1 ? 0 : static_cast<std::size_t>(c);
      const auto total = [&](std::int32_t mult, std::int64_t offset) {
        return static_cast<double>(range.magnitude()) * std::abs(static_cast<double>(mult)) +
               std::abs(static_cast<double>(offset));
      };
      product(total(r.mult[i], r.offset[i]), c);
      if (!r.mult2.empty()) product(total(r.mult2[i], r.offset2[i]), c);
    }
  }

  // Codes that only move keep their grid.
  void moved() const {
    check(input().top == output().top, who, ": found codes up to ", input().top, " moved to codes up to ",
          output().top, ", expected one grid");
  }

  void operator()(const IntegerConv& conv) const {
    weights(conv.weights, conv.weight_bits);
    border(conv.border_code);
    requantization(conv.requantization, accumulator_ranges(conv.weights, output().shape[2], input().top),
                   output().shape[2]);
  }

  void operator()(const IntegerLinear& linear) const {
    weights(linear.weights, linear.weight_bits);
    const long out = output().shape[0];
    std::vector<AccumulatorRange> ranges = accumulator_ranges(linear.weights, out, input().top);
    if (!output().scores) return requantization(linear.requantization, ranges, out);
    if (output().score_bits == 16) {
      check(linear.bias.empty() && linear.requantization.mult2.empty(), who, ": found ", linear.bias.size(),
            " biases and ", linear.requantization.mult2.size(),
            " second multipliers, expected none for 16-bit scores");
      return requantization(linear.requantization, ranges, out);
    }
    check(linear.requantization.mult.empty() && linear.bias.size() == static_cast<std::size_t>(out), who,
          ": found ", linear.bias.size(), " biases and ", linear.requantization.mult.size(),
          " multipliers, expected ", out, " and none for scores");
    for (long o = 0; o < out; ++o) {
      AccumulatorRange& range = ranges[static_cast<std::size_t>(o)];
      range.lo += linear.bias[static_cast<std::size_t>(o)];
      range.hi += linear.bias[static_cast<std::size_t>(o)];
      accumulator(range, o);
    }
  }

  void operator()(const IntegerAdd& add) const {
    clamp(add.lo, add.hi, add.shift);
    const auto total = [&](const AddLine& line) {
      return std::abs(static_cast<double>(line.mult1)) * input(0).top +
             std::abs(static_cast<double>(line.mult2)) * input(1).top +
             std::abs(static_cast<double>(line.offset));
    };
    product(total(add.line), 0);
    if (add.line2) product(total(*add.line2), 0);
  }

  void operator()(const IntegerTable& table) const {
    const auto size = static_cast<int>(table.table.size());
    check(size > input().top && size <= 256, who, ": found a table of ", size, " entries, expected ",
          input().top + 1, " ... 256");
    for (const int code : table.table) {
      check(code <= output().top, who, ": found table entry ", code, ", expected 0 ... ", output().top);
    }
  }

  void operator()(const IntegerMaxPool&) const { moved(); }
  void operator()(const IntegerUpsample&) const { moved(); }
  void operator()(const IntegerReshape&) const { moved(); }

  void operator()(const IntegerAveragePool& pool) const {
    const AccumulatorRange range{0, std::int64_t{pool.kernel.h} * pool.kernel.w * input().top};
    requantization(pool.requantization, {&range, 1}, input().shape[2]);
  }

  void operator()(const IntegerSubsample& subsample) const {
    border(subsample.border_code);
    moved();
  }

  void operator()(const IntegerEmbedding& embedding) const {
    const int bits = embedding.code_bits;
    check(bits == 4 || bits == 8, who, ": found codes stored in ", bits, " bits, expected 4 or 8");
    check(static_cast<std::int64_t>(embedding.table.size()) <= kMaxAccumulator, who, ": found ",
          embedding.table.size(), " codes, expected 32 bits to count them");
    const int top = std::min(output().top, (1 << bits) - 1);
    for (const int code : embedding.table) {
      check(code <= top, who, ": found code ", code, ", expected 0 ... ", top);
    }
  }

  void operator()(const IntegerRecurrent& recurrent) const {
    weights(recurrent.input_weights, recurrent.weight_bits);
    weights(recurrent.recurrent_weights, recurrent.weight_bits);
    const int bits = recurrent.cell_fraction_bits;
    check(0 <= bits && bits <= 15, who, ": found a cell of ", bits, " fraction bits, expected 0 ... 15");
    const std::vector<std::int16_t>& steps = recurrent.thresholds;
    check(static_cast<int>(steps.size()) <= output().top, who, ": found ", steps.size(),
          " thresholds, expected at most ", output().top, ", one a code");
    check(std::is_sorted(steps.begin(), steps.end()), who,
          ": found thresholds out of order, expected rising ones");
    gates(recurrent);
  }

  void gates(const IntegerRecurrent& recurrent) const {
    const GateLines& lines = recurrent.gates;
    const auto rows = static_cast<std::size_t>(recurrent.rows()),
               hidden = static_cast<std::size_t>(recurrent.hidden());
    const bool gru = recurrent.kind == kernels::RecurrentKind::gru;
    check(lines.input_mult.size() == rows && lines.recurrent_mult.size() == rows &&
              lines.candidate_offset.size() == (gru ? hidden : 0),
          who, ": found ", lines.input_mult.size(), ", ", lines.recurrent_mult.size(), " and ",
          lines.candidate_offset.size(), " constants of its gates, expected ", rows, ", ", rows, " and ",
          gru ? hidden : 0);
    shifted(lines.shift);
    const auto of_input = accumulator_ranges(recurrent.input_weights, recurrent.rows(), input().top);
    const auto of_state = accumulator_ranges(recurrent.recurrent_weights, recurrent.rows(), output().top);
    for (std::size_t r = 0; r < rows; ++r) {
      const auto row = static_cast<long>(r);
      accumulator(of_input[r], row);
      accumulator(of_state[r], row);
      double total = magnitude(of_input[r], lines.input_mult[r]) +
                     magnitude(of_state[r], lines.recurrent_mult[r]) +
                     std::abs(static_cast<double>(lines.offset[r]));
      if (gru && r >= 2 * hidden)
        total += std::abs(static_cast<double>(lines.candidate_offset[r - 2 * hidden]));
      product(total, row);
    }
  }

  static double magnitude(const AccumulatorRange& range, std::int32_t mult) {
    return static_cast<double>(range.magnitude()) * std::abs(static_cast<double>(mult));
  }
};

}  // namespace

void verify_ranges(const IntegerGraph& graph, const IntegerNode& node) {
  std::visit(Ranges{quoted(graph, node), graph, node}, node.op);
}

}  // namespace nibble::edge
