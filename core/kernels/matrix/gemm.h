#pragma once

#include <cstdint>

#include "core/real.h"

namespace nibble::kernels {

// Products of blocks on the calling thread, for loops that are parallel themselves. Row-major; ld* is the
// distance from one row to the next.

/// c[m, n] = Σ_k a[m, k] b[n, k]
void gemm_nt(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc);
/// c[m, n] = Σ_k a[m, k] b[k, n]
void gemm_nn(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc);
/// c[m, n] = Σ_k a[k, m] b[k, n]
void gemm_tn(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc);
/// The first, of codes, exactly: |Σ| < 2³¹ whatever they are for k ≤ 65536. Needs has_byte_products() to be
/// exact with oneDNN; elsewhere plain loops run.
void gemm_codes_nt(long m, long n, long k, const std::uint8_t* a, long lda, const std::int8_t* b, long ldb,
                   std::int32_t* c, long ldc);

namespace plain {
void gemm_nt(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc);
void gemm_nn(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc);
void gemm_tn(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc);
void gemm_codes_nt(long m, long n, long k, const std::uint8_t* a, long lda, const std::int8_t* b, long ldb,
                   std::int32_t* c, long ldc);
}  // namespace plain

}  // namespace nibble::kernels
