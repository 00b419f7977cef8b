#include "core/kernels/matrix/cholesky.h"

#include <catch2/catch.hpp>

#include "core/check.h"

namespace nibble::kernels::cholesky_test {

TEST_CASE("a_unit_factor_makes_the_matrix_again") {
  const Array<double> a({3, 3}, {4, 2, 1, 2, 5, 3, 1, 3, 6});
  const Array<double> l = unit_cholesky(a);  // l[j, i] = L[i, j]
  double diagonal[3];
  for (long k = 0; k < 3; ++k) {
    CHECK(l[4 * k] == Approx(1));
    for (long i = 0; i < k; ++i) CHECK(l[k * 3 + i] == 0);
    diagonal[k] = a[4 * k];
    for (long j = 0; j < k; ++j) diagonal[k] -= l[j * 3 + k] * l[j * 3 + k] * diagonal[j];
  }
  for (long i = 0; i < 3; ++i) {
    for (long j = 0; j < 3; ++j) {
      double sum = 0;
      for (long k = 0; k < 3; ++k) sum += l[k * 3 + i] * diagonal[k] * l[k * 3 + j];
      CHECK(sum == Approx(a[i * 3 + j]));
    }
  }
}

TEST_CASE("cholesky_says_what_it_cannot_factor") {
  CHECK_THROWS_WITH(unit_cholesky(Array<double>({2, 3})),
                    "cholesky: found a matrix [2, 3], expected a square one");
  CHECK_THROWS_WITH(unit_cholesky(Array<double>({2, 2}, {1, 2, 2, 1})),
                    "cholesky: found a matrix that is not positive definite");
}

}  // namespace nibble::kernels::cholesky_test
