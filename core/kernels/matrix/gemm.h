#pragma once

#include <cstdint>

#include "core/real.h"

namespace nibble::kernels {

// Products of blocks on the calling thread, for callers whose loops are parallel. Row-major; ld* is the
// distance between rows.

/// c[m, n] = Σ_k a[m, k] b[n, k]
void gemm_nt(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc);
/// c[m, n] = Σ_k a[m, k] b[k, n]
void gemm_nn(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc);
/// c[m, n] = Σ_k a[k, m] b[k, n]
void gemm_tn(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc);
/// gemm_nt of codes, exact for k ≤ 65536, where |Σ| < 2³¹ for all codes. oneDNN computes it if
/// has_byte_products(), else plain loops.
void gemm_codes_nt(long m, long n, long k, const std::uint8_t* a, long lda, const std::int8_t* b, long ldb,
                   std::int32_t* c, long ldc);

/// On Eigen: the oracle of the tests, and the engine without oneDNN or in double.
namespace plain {
void gemm_nt(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc);
void gemm_nn(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc);
void gemm_tn(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc);
/// c[m, n] += Σ_k a[k, m] b[k, n]
void add_gemm_tn(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc);
void gemm_codes_nt(long m, long n, long k, const std::uint8_t* a, long lda, const std::int8_t* b, long ldb,
                   std::int32_t* c, long ldc);
}  // namespace plain

}  // namespace nibble::kernels
