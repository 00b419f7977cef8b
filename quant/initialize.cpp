#include "quant/initialize.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/check.h"

namespace nibble {
namespace {

constexpr long kMostSamples = 100'000;  // enough for two parameters, and milliseconds
constexpr int kMostRounds = 200;

using Values = std::vector<double>;

Values subsample(const Real* values, long count) {
  const long stride = (count + kMostSamples - 1) / kMostSamples;
  Values sample;
  for (long i = 0; i < count; i += stride) {
    sample.push_back(static_cast<double>(values[i]));
    check(std::isfinite(sample.back()), "quantizer: value ", i, " of the sample it is initialized from is ",
          values[i]);
  }
  return sample;
}

double code_of(double x, const Grid& grid, const ScaleShift& at) {
  const double t =
      std::clamp((x - at.shift) / at.scale, static_cast<double>(grid.lo), static_cast<double>(grid.hi));
  return std::floor(t + 0.5);
}

double error(const Values& x, const Grid& grid, const ScaleShift& at) {
  double total = 0;
  for (const double v : x) {
    const double d = at.scale * code_of(v, grid, at) + at.shift - v;
    total += d * d;
  }
  return total / static_cast<double>(x.size());
}

// The grid that spans low ... high; without a shift, the smallest that covers both.
ScaleShift spanning(double low, double high, const Grid& grid, bool with_shift) {
  if (with_shift) {
    const double scale = (high - low) / (grid.hi - grid.lo);
    if (scale > 0) return {scale, low - grid.lo * scale};
    return {1, low - grid.lo};  // a single value: the lowest code
  }
  double scale = grid.hi > 0 ? high / grid.hi : 0;
  if (grid.lo < 0) scale = std::max(scale, low / grid.lo);
  return {scale > 0 ? scale : 1, 0};
}

// The p-th percentile of sorted values, linear between neighbours.
double percentile(const Values& sorted, double p) {
  const double at = std::clamp(p, 0.0, 100.0) / 100 * static_cast<double>(sorted.size() - 1);
  const std::size_t below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

// Alternating least squares: codes for the grid, then the best grid for these codes. Neither half can raise
// the error (docs/quantizer-math.md, "First scale and shift").
ScaleShift least_squares(const Values& x, const Grid& grid, bool with_shift, ScaleShift at) {
  const double n = static_cast<double>(x.size());
  for (int round = 0; round < kMostRounds; ++round) {
    double sum_q = 0, sum_x = 0, sum_qq = 0, sum_xq = 0;
    for (const double v : x) {
      const double q = code_of(v, grid, at);
      sum_q += q, sum_x += v, sum_qq += q * q, sum_xq += v * q;
    }
    ScaleShift next = at;
    if (with_shift) {
      const double variance = sum_qq - sum_q * sum_q / n;
      if (variance <= 0) break;  // all codes equal
      next.scale = (sum_xq - sum_x * sum_q / n) / variance;
      next.shift = (sum_x - next.scale * sum_q) / n;
    } else {
      if (sum_qq <= 0) break;
      next.scale = sum_xq / sum_qq;
    }
    if (next.scale <= 0) break;
    const double change =
        std::abs(next.scale - at.scale) / at.scale + std::abs(next.shift - at.shift) / at.scale;
    at = next;
    if (change < 1e-5) break;
  }
  return at;
}

ScaleShift minimal_error(const Values& x, double low, double high, const Grid& grid, bool with_shift) {
  ScaleShift best = spanning(low, high, grid, with_shift);
  double least = error(x, grid, best);
  for (const double share : {1.0, 0.8, 0.6}) {  // starts: what remains of the range
    const double middle = with_shift ? 0.5 * (low + high) : 0;
    const ScaleShift start =
        spanning(middle + share * (low - middle), middle + share * (high - middle), grid, with_shift);
    const ScaleShift found = least_squares(x, grid, with_shift, start);
    if (const double e = error(x, grid, found); e < least) least = e, best = found;
  }
  return best;
}

}  // namespace

ScaleShift initial_grid(const Real* values, long count, const Grid& grid, bool with_shift,
                        const QuantizerOptions& options) {
  check(count > 0, "quantizer: an empty sample to initialize from");
  Values x = subsample(values, count);
  const auto [lowest, highest] = std::minmax_element(x.begin(), x.end());
  const double low = *lowest, high = *highest;
  switch (options.initialization) {
    case Initialization::min_max:
      return spanning(low, high, grid, with_shift);
    case Initialization::percentile:
      std::sort(x.begin(), x.end());
      return spanning(percentile(x, 100 - options.percentile), percentile(x, options.percentile), grid,
                      with_shift);
    case Initialization::lsq: {
      double sum = 0;
      for (const double v : x) sum += std::abs(v);
      const double scale = 2 * sum / static_cast<double>(x.size()) / std::sqrt(static_cast<double>(grid.hi));
      return {scale > 0 ? scale : 1, 0};
    }
    case Initialization::lsq_plus:
      if (options.weight) {
        double sum = 0, square = 0;
        for (const double v : x) sum += v, square += v * v;
        const double mean = sum / static_cast<double>(x.size());
        const double deviation =
            std::sqrt(std::max(0.0, square / static_cast<double>(x.size()) - mean * mean));
        const double scale =
            std::max(std::abs(mean - 3 * deviation), std::abs(mean + 3 * deviation)) / (grid.hi + 1);
        return {scale > 0 ? scale : 1, 0};
      }
      return minimal_error(x, low, high, grid, with_shift);
    case Initialization::mse:
      return minimal_error(x, low, high, grid, with_shift);
  }
  return {};
}

double quantization_error(const Real* values, long count, const Grid& grid, const ScaleShift& at) {
  return error(Values(values, values + count), grid, at);
}

}  // namespace nibble
