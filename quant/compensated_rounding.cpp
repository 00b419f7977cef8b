#include "quant/compensated_rounding.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <numeric>

#include "core/check.h"
#include "core/parallel.h"

namespace nibble {
namespace {

constexpr double kDamping = 0.01;

// Columns by falling second moment, the first to be rounded last in the matrix.
std::vector<Eigen::Index> rounding_order(const Eigen::MatrixXd& moments) {
  std::vector<Eigen::Index> order(static_cast<std::size_t>(moments.rows()));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](Eigen::Index a, Eigen::Index b) { return moments(a, a) < moments(b, b); });
  return order;
}

// L of the damped moments in that order, each column divided by its diagonal.
Eigen::MatrixXd unit_factor(const Eigen::MatrixXd& moments, const std::vector<Eigen::Index>& order) {
  Eigen::MatrixXd sorted = moments(order, order);
  const double mean = sorted.trace() / static_cast<double>(sorted.rows());
  sorted.diagonal().array() += mean > 0 ? kDamping * mean : 1;
  const Eigen::LLT<Eigen::MatrixXd> factored(sorted);
  check(factored.info() == Eigen::Success,
        "compensated rounding: found moments that are no covariance, expected finite inputs");
  Eigen::MatrixXd factor = factored.matrixL();
  for (Eigen::Index j = 0; j < factor.cols(); ++j) factor.col(j) /= factor(j, j);
  return factor;
}

}  // namespace

Tensor compensated_rounding(const Tensor& w, const Tensor& scales, const Grid& grid,
                            const Eigen::MatrixXd& moments) {
  const long rows = w.shape()[0], row = w.shape().row();
  check(moments.rows() == row && moments.cols() == row, "compensated rounding: found moments ",
        moments.rows(), " x ", moments.cols(), ", expected ", row, " x ", row);
  check(std::all_of(w.begin(), w.end(), [](Real x) { return std::isfinite(x); }),
        "compensated rounding: found a weight that is not finite");
  const std::vector<Eigen::Index> order = rounding_order(moments);
  const Eigen::MatrixXd factor = unit_factor(moments, order);
  Tensor rounded = Tensor::uninitialized(w.shape());
  parallel_chunks(rows, 1, [&](Range range) {
    Eigen::VectorXd error(row);  // w − ŵ of the columns that are done, in the order of the factor
    for (long o = range.begin; o < range.end; ++o) {
      const AffineGrid of_row{grid, scales[scales.size() == 1 ? 0 : o], 0};
      for (long j = row; j-- > 0;) {
        const long done = row - 1 - j, at = o * row + order[static_cast<std::size_t>(j)];
        const double x = static_cast<double>(w[at]);
        const double wanted = x + factor.col(j).tail(done).dot(error.tail(done));
        rounded[at] = of_row.value(of_row.code(static_cast<Real>(wanted)));
        error[j] = x - static_cast<double>(rounded[at]);
      }
    }
  });
  return rounded;
}

}  // namespace nibble
