#include "core/kernels/matrix/gemm.h"

#include <Eigen/Core>

namespace nibble::kernels::plain {
namespace {

template <typename T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <typename T>
using Block = Eigen::Map<RowMajor<T>, Eigen::Unaligned, Eigen::OuterStride<>>;

template <typename T>
Block<T> block(T* data, long rows, long columns, long stride) {
  return Block<T>(data, rows, columns, Eigen::OuterStride<>(stride));
}
template <typename T>
auto block(const T* data, long rows, long columns, long stride) {
  return Eigen::Map<const RowMajor<T>, Eigen::Unaligned, Eigen::OuterStride<>>(data, rows, columns,
                                                                               Eigen::OuterStride<>(stride));
}

}  // namespace

void gemm_nt(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc) {
  block(c, m, n, ldc).noalias() = block(a, m, k, lda) * block(b, n, k, ldb).transpose();
}

void gemm_nn(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc) {
  block(c, m, n, ldc).noalias() = block(a, m, k, lda) * block(b, k, n, ldb);
}

void gemm_tn(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc) {
  block(c, m, n, ldc).noalias() = block(a, k, m, lda).transpose() * block(b, k, n, ldb);
}

void add_gemm_tn(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c,
                 long ldc) {
  block(c, m, n, ldc).noalias() += block(a, k, m, lda).transpose() * block(b, k, n, ldb);
}

void gemm_codes_nt(long m, long n, long k, const std::uint8_t* a, long lda, const std::int8_t* b, long ldb,
                   std::int32_t* c, long ldc) {
  for (long i = 0; i < m; ++i) {
    for (long j = 0; j < n; ++j) {
      std::int32_t sum = 0;
      for (long l = 0; l < k; ++l) sum += std::int32_t{a[i * lda + l]} * b[j * ldb + l];
      c[i * ldc + j] = sum;
    }
  }
}

}  // namespace nibble::kernels::plain
