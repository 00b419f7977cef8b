#include "core/kernels/matrix/cholesky.h"

#include <Eigen/Cholesky>

#include "core/check.h"

namespace nibble::kernels {

Array<double> unit_cholesky(const Array<double>& a) {
  check(a.shape().rank() == 2 && a.shape()[0] == a.shape()[1], "cholesky: found a matrix ", a.shape(),
        ", expected a square one");
  const long n = a.shape()[0];
  const Eigen::LLT<Eigen::MatrixXd> factored(Eigen::Map<const Eigen::MatrixXd>(a.data(), n, n));
  check(factored.info() == Eigen::Success, "cholesky: found a matrix that is not positive definite");
  auto result = Array<double>::uninitialized(a.shape());
  Eigen::Map<Eigen::MatrixXd> columns(result.data(), n, n);  // by columns: the transpose of rows
  columns = factored.matrixL();
  for (long j = 0; j < n; ++j) columns.col(j) /= columns(j, j);
  return result;
}

}  // namespace nibble::kernels
