#pragma once

#include <vector>

#include "core/real.h"
#include "quant/grids/affine_grid.h"

namespace nibble {

/// The first scale and shift of a quantizer, from a sample of the values that it will see.
struct ScaleShift {
  double scale = 1;
  double shift = 0;
};

/// Sorted values with running sums. The values of one code are then neighbours. So the counts, sums and
/// errors that a search for a grid needs take one binary search per code instead of one step per value.
class SortedSample {
 public:
  /// count ≥ 1 values. Of many values about 100 000 are kept, at a fixed stride. Throws Error if any of all
  /// values is not finite.
  SortedSample(const Real* values, long count);

  /// The extremes of all values, also of those that are not kept.
  double low() const { return low_; }
  double high() const { return high_; }

  double mean() const;
  double deviation() const;
  double mean_magnitude() const;
  /// The p-th percentile, 0 ≤ p ≤ 100, of the values or of their magnitudes; linear between neighbours.
  double percentile(double p) const;
  double magnitude_percentile(double p) const;

  /// The best grid for the codes that the values have on `at`: least squares of scale · code + shift (shift 0
  /// without with_shift). Yields `at` if all codes are equal or the best scale is not positive.
  ScaleShift refitted(const Grid& grid, bool with_shift, const ScaleShift& at) const;

  /// Mean of (x̂ − x)².
  double error(const Grid& grid, const ScaleShift& at) const;

 private:
  /// Calls visit(code, n, Σ x) for the values of each code that occurs.
  template <typename Visit>
  void by_code(const Grid& grid, const ScaleShift& at, const Visit& visit) const;

  std::vector<double> values_;
  std::vector<double> sums_;  // sums_[i] = Σ of the first i values
  double squares_ = 0;        // Σ x²
  double low_, high_;
};

}  // namespace nibble
