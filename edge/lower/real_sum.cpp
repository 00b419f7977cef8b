#include "edge/lower/real_sum.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace nibble::edge {
namespace {

constexpr double kScoreOne = 1 << 10;  // 16-bit scores are Q5.10

Requantization& requantization(IntegerOp& op, const std::string& who) {
  if (auto* conv = std::get_if<IntegerConv>(&op)) return conv->requantization;
  if (auto* linear = std::get_if<IntegerLinear>(&op)) return linear->requantization;
  if (auto* pool = std::get_if<IntegerAveragePool>(&op)) return pool->requantization;
  fail(who, ": found no sum to quantize");
}

// In steps of the accumulator.
std::vector<std::int32_t> biases(const RealSum& sum, double gain, const std::string& who) {
  std::vector<std::int32_t> steps;
  for (const double offset : sum.offset) {
    const double bias = std::floor(offset / gain + 0.5);
    check(std::abs(bias) < 2147483648.0, who, ": found a bias of ", bias,
          " accumulator steps, expected 32 bits to hold it");
    steps.push_back(static_cast<std::int32_t>(bias));
  }
  return steps;
}

RealLine score_line(const RealSum& sum) {
  RealLine line;
  for (std::size_t o = 0; o < sum.gain.size(); ++o) {
    line.multiplier.push_back(sum.gain[o] * kScoreOne);
    line.addend.push_back(sum.offset[o] * kScoreOne + 0.5);
  }
  return line;
}

}  // namespace

IntegerOp rounded(const RealSum& sum, const AffineGrid& grid, const std::vector<int>& tops,
                  const std::string& who) {
  const double scale = grid.scale, shift = moved_shift(grid);
  const auto code = [&](double x) { return grid.code(static_cast<Real>(x)) - grid.grid.lo; };
  const int lo = std::isinf(sum.lower) ? 0 : code(sum.lower);
  const int hi = std::isinf(sum.upper) ? grid.grid.levels() - 1 : code(sum.upper);
  const bool leaky = sum.slope != 1;

  IntegerOp op = sum.op;
  if (auto* add = std::get_if<IntegerAdd>(&op)) {
    const auto line = [&](double slope) {
      return RealAddLine{slope * sum.gain[0] / scale, slope * sum.gain[1] / scale,
                         (slope * sum.offset[0] - shift) / scale + 0.5};
    };
    std::vector<RealAddLine> lines{line(1)};
    if (leaky) lines.push_back(line(sum.slope));
    *add = fixed_point(lines, tops.at(0), tops.at(1), lo, hi, who);
    return op;
  }
  if (auto* product = std::get_if<IntegerMultiply>(&op)) {
    const RealProductLine line{sum.gain[0] / scale, sum.gain[1] / scale, sum.gain[2] / scale,
                               (sum.offset[0] - shift) / scale + 0.5};
    *product = fixed_point(line, tops.at(0), tops.at(1), lo, hi, who);
    return op;
  }
  const auto line = [&](double slope) {
    RealLine l;
    for (std::size_t c = 0; c < sum.gain.size(); ++c) {
      l.multiplier.push_back(slope * sum.gain[c] / scale);
      l.addend.push_back((slope * sum.offset[c] - shift) / scale + 0.5);
    }
    return l;
  };
  requantization(op, who) =
      fixed_point(line(1), leaky ? line(sum.slope) : RealLine{}, sum.ranges, lo, hi, who);
  return op;
}

Scores scores(const RealSum& sum, const std::string& who) {
  Scores result{.op = sum.op};
  auto* linear = std::get_if<IntegerLinear>(&result.op);
  check(linear != nullptr && !sum.activated, who,
        ": the network ends in real values, expected a linear layer or a quantizer");
  const double gain = sum.gain[0];
  const bool one_scale =
      gain > 0 && std::all_of(sum.gain.begin(), sum.gain.end(), [&](double other) { return other == gain; });
  if (one_scale) {
    result.scale = gain;
    linear->bias = biases(sum, gain, who);
  } else {
    result.scale = 1 / kScoreOne;
    result.bits = 16;
    linear->requantization = fixed_point_scores(score_line(sum), sum.ranges, who);
  }
  return result;
}

}  // namespace nibble::edge
