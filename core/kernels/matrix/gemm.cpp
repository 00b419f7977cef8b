#include "core/kernels/matrix/gemm.h"

#include "core/kernels/onednn/engine.h"

namespace nibble::kernels {

void gemm_nt(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc) {
  if constexpr (onednn::kAvailable) return onednn::gemm_nt(m, n, k, a, lda, b, ldb, c, ldc);
  plain::gemm_nt(m, n, k, a, lda, b, ldb, c, ldc);
}

void gemm_nn(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc) {
  if constexpr (onednn::kAvailable) return onednn::gemm_nn(m, n, k, a, lda, b, ldb, c, ldc);
  plain::gemm_nn(m, n, k, a, lda, b, ldb, c, ldc);
}

void gemm_tn(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc) {
  if constexpr (onednn::kAvailable) return onednn::gemm_tn(m, n, k, a, lda, b, ldb, c, ldc);
  plain::gemm_tn(m, n, k, a, lda, b, ldb, c, ldc);
}

void gemm_codes_nt(long m, long n, long k, const std::uint8_t* a, long lda, const std::int8_t* b, long ldb,
                   std::int32_t* c, long ldc) {
  if constexpr (onednn::kAvailable) {
    if (has_byte_products()) return onednn::gemm_codes_nt(m, n, k, a, lda, b, ldb, c, ldc);
  }
  plain::gemm_codes_nt(m, n, k, a, lda, b, ldb, c, ldc);
}

}  // namespace nibble::kernels
