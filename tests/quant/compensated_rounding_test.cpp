#include "quant/compensated_rounding.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "core/check.h"
#include "tests/support/random_tensor.h"

namespace nibble {
namespace {

constexpr Grid kGrid{-2, 1};  // 2 bits

// Inputs that move together, so that errors can make up for each other.
Eigen::MatrixXd correlated(long n) {
  Eigen::MatrixXd moments(n, n);
  for (long i = 0; i < n; ++i) {
    for (long j = 0; j < n; ++j)
      moments(i, j) = (1 + 0.2 * static_cast<double>(i)) * std::pow(0.8, std::abs(i - j));
  }
  return (moments + moments.transpose()) / 2;
}

double product_error(const Tensor& w, const Tensor& rounded, const Eigen::MatrixXd& moments, long row) {
  const long n = moments.rows();
  Eigen::VectorXd d(n);
  for (long i = 0; i < n; ++i) d[i] = static_cast<double>(w[row * n + i] - rounded[row * n + i]);
  return d.dot(moments * d);
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
  const Eigen::MatrixXd moments = Eigen::VectorXd::LinSpaced(5, 1, 9).asDiagonal();
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
  const Eigen::MatrixXd moments = correlated(kColumns);
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
  CHECK_THROWS_WITH(compensated_rounding(Tensor({2, 3}), scale, kGrid, Eigen::MatrixXd::Identity(2, 2)),
                    "compensated rounding: found moments 2 x 2, expected 3 x 3");
  Tensor broken({1, 2});
  broken[1] = std::numeric_limits<Real>::quiet_NaN();
  CHECK_THROWS_WITH(compensated_rounding(broken, scale, kGrid, Eigen::MatrixXd::Identity(2, 2)),
                    "compensated rounding: found a weight that is not finite");
  CHECK_THROWS_WITH(compensated_rounding(Tensor({1, 2}), scale, kGrid, -Eigen::MatrixXd::Identity(2, 2)),
                    Catch::StartsWith("compensated rounding: found moments that are no covariance"));
}

}  // namespace nibble
