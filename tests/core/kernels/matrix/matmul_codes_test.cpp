#include "core/kernels/matrix/matmul_codes.h"

#include <cmath>

#include "core/kernels/matrix/gemm.h"
#include "tests/support/bfloat16.h"
#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"

namespace nibble::kernels::matmul_codes_test {
namespace {

struct Case {
  long rows, in, out;
  int levels;  // of x
  int lowest;  // code of w
};
const std::vector<Case> kCases{
    {7, 5, 9, 16, -8}, {1, 1, 1, 4, -2}, {40, 300, 77, 16, -8}, {33, 24, 130, 256, -128}};

template <typename T>
Array<T> random_codes(const Shape& shape, int lowest, int levels, std::uint64_t seed) {
  Array<T> codes = Array<T>::uninitialized(shape);
  Rng rng(seed);
  for (T& code : codes)
    code = static_cast<T>(lowest + static_cast<int>(rng.below(static_cast<std::uint64_t>(levels))));
  return codes;
}

struct Data {
  CodedRows x;
  CodedWeight w;
  Tensor bias, dy;

  // With unit scales everything is a small integer.
  Data(const Case& c, bool unit) {
    x = {random_codes<std::uint8_t>({c.rows, c.in}, 0, c.levels, 1), unit ? Real(1) : Real(0.07),
         unit ? Real(-3) : Real(-0.41)};
    w = {random_codes<std::int8_t>({c.out, c.in}, c.lowest, -2 * c.lowest, 2),
         uniform({c.out}, 3, 0.01F, 0.1F)};
    bias = uniform({c.out}, 4);
    dy = uniform({c.rows, c.out}, 5);
    if (!unit) return;
    w.scale.fill(1);
    for (Real& v : bias) v = std::floor(v * 8);
    for (Real& v : dy) v = std::floor(v * 4);
  }
  PiecewiseTensor gradient() const { return PiecewiseTensor(dy); }
};

std::string text(const Case& c) { return str(c.rows, " x ", c.in, " x ", c.out, ", ", c.levels, " levels"); }

}  // namespace

TEST_CASE("linear_products_of_codes_are_exact_sums") {
  for (const Case& c : kCases) {
    const Data data(c, true);
    check_equal(text(c), matmul_codes_forward(data.x, data.w, data.bias),
                plain::matmul_codes_forward(data.x, data.w, data.bias));
  }
}

TEST_CASE("linear_products_of_codes_scale_shift_and_add_the_bias") {
  for (const Case& c : kCases) {
    const Data data(c, false);
    check_close(text(c), matmul_codes_forward(data.x, data.w, data.bias),
                plain::matmul_codes_forward(data.x, data.w, data.bias), 1e-4);
    check_close(text(c) + ", no bias", matmul_codes_forward(data.x, data.w, {}),
                plain::matmul_codes_forward(data.x, data.w, {}), 1e-4);
  }
}

// A gradient of few bits is exact in bfloat16.
TEST_CASE("gradients_of_linear_products_of_codes_are_exact_where_bfloat16_is") {
  if (!has_bfloat16_products()) {
    WARN("this processor has no bfloat16 products");
    return;
  }
  for (const Case& c : kCases) {
    const Data data(c, true);
    const MatmulGradients found =
        matmul_codes_gradients(data.gradient(), data.x, data.w, Precision::bfloat16, true);
    const MatmulGradients expected = plain::matmul_codes_gradients(data.gradient(), data.x, data.w, true);
    check_equal(text(c) + ", dx", found.dx, expected.dx);
    check_equal(text(c) + ", dw", found.dw, expected.dw);
    check_equal(text(c) + ", sums", found.sums, expected.sums);
  }
}

TEST_CASE("gradients_of_linear_products_of_codes_round_the_incoming_gradient_only") {
  for (const Precision precision : {Precision::float32, Precision::bfloat16}) {
    if (precision == Precision::bfloat16 && !has_bfloat16_products()) continue;
    for (const Case& c : kCases) {
      const Data data(c, false);
      const MatmulGradients found = matmul_codes_gradients(data.gradient(), data.x, data.w, precision, true);
      // What is rounded is dy · scale, to 8 bits.
      Data rounded(c, false);
      const bool rounds = precision == Precision::bfloat16;
      for (long i = 0; rounds && i < rounded.dy.size(); ++i) {
        Real& d = rounded.dy[i];
        const Real scale = data.w.scale[i % c.out];
        d = to_bfloat16(d * scale) / scale;
      }
      const MatmulGradients expected =
          plain::matmul_codes_gradients(rounded.gradient(), data.x, data.w, true);
      check_close(text(c) + ", dx", found.dx, expected.dx, 1e-4);
      // β · Σ dy is made of what was not rounded.
      if (!rounds) check_close(text(c) + ", dw", found.dw, expected.dw, 1e-4);
      if (rounds) check_close(text(c) + ", dw", found.dw, expected.dw, 0.02 * std::sqrt(double(c.rows)));
      CHECK(matmul_codes_gradients(data.gradient(), data.x, data.w, precision, false).dx.empty());
    }
  }
}

TEST_CASE("linear_products_of_codes_are_the_same_on_any_number_of_threads") {
  const Data data(kCases[2], false);
  const auto precision = has_bfloat16_products() ? Precision::bfloat16 : Precision::float32;
  check_threads_agree("matmul_codes", [&] {
    const MatmulGradients d = matmul_codes_gradients(data.gradient(), data.x, data.w, precision, true);
    return std::vector<Tensor>{matmul_codes_forward(data.x, data.w, data.bias), d.dx, d.dw, d.sums};
  });
}

TEST_CASE("products_of_blocks_leave_what_lies_between_their_rows") {
  constexpr long m = 3, n = 5, k = 7, lda = 9, ldb = 11, ldc = 13;
  const Tensor a = uniform({m, lda}, 1), b = uniform({k > n ? k : n, ldb}, 2);
  Tensor found({m, ldc}), expected({m, ldc});
  found.fill(42);
  expected.fill(42);
  gemm_nt(m, n, k, a.data(), lda, b.data(), ldb, found.data(), ldc);
  plain::gemm_nt(m, n, k, a.data(), lda, b.data(), ldb, expected.data(), ldc);
  check_close("nt", found, expected, 1e-5);
  gemm_nn(m, n, k, a.data(), lda, b.data(), ldb, found.data(), ldc);
  plain::gemm_nn(m, n, k, a.data(), lda, b.data(), ldb, expected.data(), ldc);
  check_close("nn", found, expected, 1e-5);

  const auto codes = random_codes<std::uint8_t>({m, lda}, 0, 256, 3);
  const auto weights = random_codes<std::int8_t>({n, ldb}, -128, 256, 4);
  Array<std::int32_t> sums({m, ldc}), exact({m, ldc});
  gemm_codes_nt(m, n, k, codes.data(), lda, weights.data(), ldb, sums.data(), ldc);
  plain::gemm_codes_nt(m, n, k, codes.data(), lda, weights.data(), ldb, exact.data(), ldc);
  check_equal("codes", sums, exact);
}

}  // namespace nibble::kernels::matmul_codes_test
