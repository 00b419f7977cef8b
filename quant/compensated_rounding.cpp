#include "quant/compensated_rounding.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/check.h"
#include "core/kernels/matrix/cholesky.h"
#include "core/parallel.h"

namespace nibble {
namespace {

constexpr double kDamping = 0.01;

// Columns by rising second moment: the last one is rounded first.
std::vector<long> rounding_order(const Array<double>& moments) {
  const long n = moments.shape()[0];
  std::vector<long> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](long a, long b) { return moments[a * n + a] < moments[b * n + b]; });
  return order;
}

// The damped moments in that order.
Array<double> sorted(const Array<double>& moments, const std::vector<long>& order) {
  const long n = moments.shape()[0];
  double trace = 0;
  for (long i = 0; i < n; ++i) trace += moments[i * n + i];
  const double damping = trace > 0 ? kDamping * trace / static_cast<double>(n) : 1;
  auto result = Array<double>::uninitialized(moments.shape());
  for (long i = 0; i < n; ++i) {
    for (long j = 0; j < n; ++j) {
      result[i * n + j] =
          moments[order[static_cast<std::size_t>(i)] * n + order[static_cast<std::size_t>(j)]];
    }
    result[i * n + i] += damping;
  }
  return result;
}

}  // namespace

Tensor compensated_rounding(const Tensor& w, const Tensor& scales, const Grid& grid,
                            const Array<double>& moments) {
  const long rows = w.shape()[0], row = w.shape().row();
  check(moments.shape() == Shape{row, row}, "compensated rounding: found moments ", moments.shape(),
        ", expected ", Shape{row, row});
  check(std::all_of(w.begin(), w.end(), [](Real x) { return std::isfinite(x); }),
        "compensated rounding: found a weight that is not finite");
  const std::vector<long> order = rounding_order(moments);
  const Array<double> factor = kernels::unit_cholesky(sorted(moments, order));
  Tensor rounded = Tensor::uninitialized(w.shape());
  parallel_chunks(rows, 1, [&](Range range) {
    std::vector<double> error(static_cast<std::size_t>(row));  // w − ŵ of the columns that are done
    for (long o = range.begin; o < range.end; ++o) {
      const AffineGrid of_row{grid, scales[scales.size() == 1 ? 0 : o], 0};
      for (long j = row; j-- > 0;) {
        const long at = o * row + order[static_cast<std::size_t>(j)];
        const double x = static_cast<double>(w[at]);
        double wanted = x;
        for (long i = j + 1; i < row; ++i) wanted += factor[j * row + i] * error[static_cast<std::size_t>(i)];
        rounded[at] = of_row.value(of_row.code(static_cast<Real>(wanted)));
        error[static_cast<std::size_t>(j)] = x - static_cast<double>(rounded[at]);
      }
    }
  });
  return rounded;
}

}  // namespace nibble
