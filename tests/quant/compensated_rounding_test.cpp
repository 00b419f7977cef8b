#include "quant/compensated_rounding.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "core/check.h"
#include "tests/support/random_tensor.h"

namespace nibble::compensated_rounding_test {
namespace {

constexpr Grid kGrid{-2, 1};  // 2 bits

// Inputs that move together, so that errors can make up for each other.
Array<double> correlated(long n) {
  Array<double> moments({n, n});
  for (long i = 0; i < n; ++i) {
    for (long j = 0; j < n; ++j)
      moments[i * n + j] = (1 + 0.1 * static_cast<double>(i + j)) * std::pow(0.8, std::abs(i - j));
  }
  return moments;
}

Array<double> diagonal(const std::vector<double>& values) {
  const long n = static_cast<long>(values.size());
  Array<double> moments({n, n});
  for (long i = 0; i < n; ++i) moments[i * n + i] = values[static_cast<std::size_t>(i)];
  return moments;
}

double product_error(const Tensor& w, const Tensor& rounded, const Array<double>& moments, long row) {
  const long n = moments.shape()[0];
  double sum = 0;
  for (long i = 0; i < n; ++i) {
    for (long j = 0; j < n; ++j) {
      sum += static_cast<double>(w[row * n + i] - rounded[row * n + i]) * moments[i * n + j] *
             static_cast<double>(w[row * n + j] - rounded[row * n + j]);
    }
  }
  return sum;
}

Tensor nearest(const Tensor& w, const Tensor& scales) {
  Tensor rounded = w.clone();
  const long row = w.shape().row();
  for (long i = 0; i < w.size(); ++i) {
    const AffineGrid grid{kGrid, scales[i / row], 0};
    rounded[i] = grid.value(grid.code(w[i]));
  }
  return rounded;
}

}  // namespace

TEST_CASE("independent_inputs_leave_nothing_to_compensate") {
  const Tensor w = uniform({3, 5}), scales({3}, {0.5, 0.25, 1});
  const Array<double> moments = diagonal({1, 3, 5, 7, 9});
  const Tensor rounded = compensated_rounding(w, scales, kGrid, moments);
  CHECK(std::equal(rounded.begin(), rounded.end(), nearest(w, scales).begin()));
}

TEST_CASE("compensated_rounding_lies_on_the_grid_of_its_row_and_rounds_to_itself") {
  const Tensor w = uniform({4, 3, 2}), scales({4}, {0.3, 0.5, 0.7, 0.1});
  const Tensor rounded = compensated_rounding(w, scales, kGrid, correlated(6));
  CHECK(rounded.shape() == w.shape());
  CHECK(std::equal(rounded.begin(), rounded.end(), nearest(rounded, scales).begin()));
}

TEST_CASE("compensated_rounding_comes_near_to_the_best_of_all_codes") {
  constexpr long kColumns = 5, kRows = 40;
  const Tensor w = uniform({kRows, kColumns}), scale({1}, {0.6});
  const Array<double> moments = correlated(kColumns);
  const Tensor found = compensated_rounding(w, scale, kGrid, moments);
  const Tensor scales = Tensor({kRows});
  Tensor every = scales.clone();
  every.fill(scale[0]);
  const Tensor plain = nearest(w, every);
  double of_found = 0, of_plain = 0, of_best = 0;
  for (long o = 0; o < kRows; ++o) {
    double best = std::numeric_limits<double>::infinity();
    Tensor codes = w.clone();
    for (int all = 0; all < 1024; ++all) {  // 4 codes in 5 places
      for (long i = 0; i < kColumns; ++i)
        codes[o * kColumns + i] = scale[0] * static_cast<Real>(kGrid.lo + (all >> (2 * i)) % 4);
      best = std::min(best, product_error(w, codes, moments, o));
    }
    of_best += best;
    of_found += product_error(w, found, moments, o);
    of_plain += product_error(w, plain, moments, o);
  }
  INFO("nearest " << of_plain << ", compensated " << of_found << ", best " << of_best);
  CHECK(of_found < 0.7 * of_plain);
  CHECK(of_found < 1.4 * of_best);
}

TEST_CASE("compensated_rounding_says_what_is_wrong") {
  const Tensor scale({1}, {1});
  CHECK_THROWS_WITH(compensated_rounding(Tensor({2, 3}), scale, kGrid, diagonal({1, 1})),
                    "compensated rounding: found moments [2, 2], expected [3, 3]");
  Tensor broken({1, 2});
  broken[1] = std::numeric_limits<Real>::quiet_NaN();
  CHECK_THROWS_WITH(compensated_rounding(broken, scale, kGrid, diagonal({1, 1})),
                    "compensated rounding: found a weight that is not finite");
  CHECK_THROWS_WITH(compensated_rounding(Tensor({1, 2}), scale, kGrid, diagonal({-1, -1})),
                    "cholesky: found a matrix that is not positive definite");
}

}  // namespace nibble::compensated_rounding_test
