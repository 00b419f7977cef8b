#include "core/kernels/matrix/matmul.h"

#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"

namespace nibble::kernels::matmul_test {
namespace {

// Rows M (possibly as leading axes), columns N of the product with K terms each.
struct Case {
  Shape rows;
  long n, k;
};

const std::vector<Case> kCases{{{3}, 4, 5},     {{1}, 1, 1},  {{128}, 10, 64},
                               {{2, 3}, 7, 33}, {{17}, 1, 3}, {{5}, 64, 1}};

Shape with(Shape rows, long width) {
  std::vector<long> extents = rows.extents();
  extents.push_back(width);
  return Shape(extents);
}

// y[i, j] = Σ_t a[i · ai + t · at] · b[j · bj + t · bt]
Tensor by_definition(const Shape& shape, long terms, const Tensor& a, long ai, long at, const Tensor& b,
                     long bj, long bt) {
  Tensor y(shape);
  const long columns = shape.back();
  for (long i = 0; i < y.size() / columns; ++i) {
    for (long j = 0; j < columns; ++j) {
      double sum = 0;
      for (long t = 0; t < terms; ++t) {
        sum += static_cast<double>(a[i * ai + t * at]) * static_cast<double>(b[j * bj + t * bt]);
      }
      y[i * columns + j] = static_cast<Real>(sum);
    }
  }
  return y;
}

constexpr double kTolerance = 1e-5;

}  // namespace

TEST_CASE("the_three_products_compute_their_definitions") {
  for (const auto& [rows, n, k] : kCases) {
    const std::string what = str(rows, " x ", k, " to ", n);
    const long m = rows.count();
    const Tensor x = uniform(with(rows, k), 1), w = uniform({n, k}, 2), dy = uniform(with(rows, n), 3);
    const Tensor nt = by_definition(with(rows, n), k, x, k, 1, w, k, 1);
    const Tensor nn = by_definition(with(rows, k), n, dy, n, 1, w, 1, k);
    const Tensor tn = by_definition({n, k}, m, dy, 1, n, x, 1, k);
    check_close(what + ", plain nt", plain::matmul_nt(x, w), nt, kTolerance);
    check_close(what + ", plain nn", plain::matmul_nn(dy, w), nn, kTolerance);
    check_close(what + ", plain tn", plain::matmul_tn(dy, x), tn, kTolerance);
    check_close(what + ", fast nt", matmul_nt(x, w), nt, kTolerance);
    check_close(what + ", fast nn", matmul_nn(dy, w), nn, kTolerance);
    check_close(what + ", fast tn", matmul_tn(dy, x), tn, kTolerance);
  }
}

TEST_CASE("products_do_not_depend_on_the_thread_count") {
  for (const auto& [rows, n, k] : kCases) {
    const Tensor x = uniform(with(rows, k), 1), w = uniform({n, k}, 2), dy = uniform(with(rows, n), 3);
    check_threads_agree(str(rows, " x ", k, " to ", n), [&] {
      return std::vector<Tensor>{matmul_nt(x, w),        matmul_nn(dy, w),        matmul_tn(dy, x),
                                 plain::matmul_nt(x, w), plain::matmul_nn(dy, w), plain::matmul_tn(dy, x)};
    });
  }
}

}  // namespace nibble::kernels::matmul_test
