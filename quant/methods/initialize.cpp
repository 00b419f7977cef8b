#include "quant/methods/initialize.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace nibble {
namespace {

// The grid whose ends are low and high or, without a shift, the finest grid that reaches both. If low = high,
// the grid spans from zero to that value.
ScaleShift spanning(double low, double high, const Grid& grid, bool with_shift) {
  if (low == high) low = std::min(low, 0.0), high = std::max(high, 0.0);
  if (low == high) return {};
  if (with_shift) {
    const double scale = (high - low) / (grid.hi - grid.lo);
    return {scale, low - grid.lo * scale};
  }
  double scale = high / grid.hi;
  if (grid.lo < 0) scale = std::max(scale, low / grid.lo);
  return {scale > 0 ? scale : -low / grid.hi, 0};  // all values are negative, and all are clamped
}

// Starts from `at` and alternates: codes for the grid, then the best grid for these codes. Neither step
// raises the error.
ScaleShift alternating_least_squares(const SortedSample& x, const Grid& grid, bool with_shift,
                                     ScaleShift at) {
  constexpr int kMostRounds = 200;
  constexpr double kSmallestChange = 1e-5;  // relative to the scale
  for (int round = 0; round < kMostRounds; ++round) {
    const ScaleShift next = x.refitted(grid, with_shift, at);
    const double change = std::abs(next.scale - at.scale) + std::abs(next.shift - at.shift);
    at = next;
    if (change < kSmallestChange * at.scale) break;
  }
  return at;
}

// The descent ends in the nearest minimum. So it starts from several shares of the range around the mean, and
// the best result is kept. With light tails the best results come from the shares 1.0 and 0.8, with heavy
// tails (a few values far outside) from smaller ones.
ScaleShift least_error(const SortedSample& x, const Grid& grid, bool with_shift) {
  ScaleShift best = spanning(x.low(), x.high(), grid, with_shift);
  double least = x.error(grid, best);
  const double middle = with_shift ? x.mean() : 0;
  for (const double share : {1.0, 0.8, 0.6, 0.4, 0.2, 0.1, 0.05}) {
    const ScaleShift start =
        spanning(middle + share * (x.low() - middle), middle + share * (x.high() - middle), grid, with_shift);
    const ScaleShift found = alternating_least_squares(x, grid, with_shift, start);
    const double error = x.error(grid, found);
    if (error < least) least = error, best = found;
  }
  return best;
}

// Clamps values beyond the percentile: of |x| if the grid has two signs and no shift, else of x.
ScaleShift within_percentile(const SortedSample& x, double p, const Grid& grid, bool with_shift) {
  double low = x.percentile(100 - p), high = x.percentile(p);
  if (!with_shift && grid.lo < 0) high = x.magnitude_percentile(p), low = -high;
  if (low == high) low = x.low(), high = x.high();  // nearly all values are equal: use the whole range
  return spanning(low, high, grid, with_shift);
}

// A grid with this scale and no shift. The scale is 1 for a sample of zeros.
ScaleShift without_shift(double scale) { return {scale > 0 ? scale : 1, 0}; }

// The initialization that belongs to a method.
Initialization own(QuantMethod method) {
  if (method == QuantMethod::lsq) return Initialization::lsq;
  if (method == QuantMethod::lsq_plus) return Initialization::lsq_plus;
  return Initialization::mse;
}

}  // namespace

ScaleShift initial_grid(const Real* values, long count, const Grid& grid, bool with_shift,
                        const QuantizerOptions& options) {
  const SortedSample x(values, count);
  const bool by_method = options.initialization == Initialization::own;
  switch (by_method ? own(options.method) : options.initialization) {
    case Initialization::own:
      break;  // resolved above
    case Initialization::min_max:
      return spanning(x.low(), x.high(), grid, with_shift);
    case Initialization::percentile:
      return within_percentile(x, options.percentile, grid, with_shift);
    case Initialization::mse:
      return least_error(x, grid, with_shift);
    case Initialization::lsq:
      return without_shift(2 * x.mean_magnitude() / std::sqrt(static_cast<double>(grid.hi)));
    case Initialization::lsq_plus: {
      if (!options.weight) return least_error(x, grid, with_shift);
      const double edge = std::abs(x.mean()) + 3 * x.deviation();  // max |μ ± 3σ|
      return without_shift(edge / (grid.hi + 1));                  // 2^(b−1) = hi + 1
    }
  }
  fail("quantizer: found an unknown initialization");
}

double quantization_error(const Real* values, long count, const Grid& grid, const ScaleShift& at) {
  double total = 0;
  for (long i = 0; i < count; ++i) {
    const double x = static_cast<double>(values[i]);
    const double t = (x - at.shift) / at.scale;
    const double q =
        std::floor(std::clamp(t, static_cast<double>(grid.lo), static_cast<double>(grid.hi)) + 0.5);
    const double difference = at.scale * q + at.shift - x;
    total += difference * difference;
  }
  return total / static_cast<double>(count);
}

}  // namespace nibble
