#pragma once

#include "core/array.h"
#include "core/kernels/conv/conv2d_codes.h"
#include "core/kernels/integer/integer_product.h"
#include "core/kernels/matrix/matmul_codes.h"

// The products of conv2d.h, conv2d_codes.h, integer_product.h and matmul.h on oneDNN, in float. Private to
// core/kernels; no oneDNN type appears here (plan.h says how primitives are made and run).

namespace nibble::kernels::onednn {

#if defined(NIBBLE_ONEDNN) && !defined(NIBBLE_REAL_DOUBLE)
inline constexpr bool kAvailable = true;
#else
inline constexpr bool kAvailable = false;
#endif

// Listeners and hooks may be empty.

Tensor conv2d_forward(const PiecewiseTensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                      const PieceListener& of_y, Precision precision);
/// dx and dw where wanted.
Conv2dGradients conv2d_gradients(const PiecewiseTensor& dy, const PieceListener& of_dy,
                                 const PiecewiseTensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                                 const WantedGradients& wanted, Precision precision);

bool has_byte_products();
bool has_bfloat16_products();
/// Makes results of sums in place: of a piece of the batch when its sums have been computed, on its thread.
using FinishPiece = std::function<void(long piece, Tensor images)>;
/// Σ x w as float, the border reading as code 0, finished.
Tensor conv2d_codes_forward(const Array<std::uint8_t>& x, const Array<std::int8_t>& w,
                            const Conv2dGeometry& geometry, const FinishPiece& finish);
/// dx as asked for; dw[o] = s[o] · Σ dy (q − border), which conv2d_codes.cpp finishes. With slopes it has
/// more channels, in the order [1 + count, C]: s[o] · Σ dy z of each slope z.
Conv2dGradients conv2d_codes_gradients(const PiecewiseTensor& dy, const PieceListener& of_dy,
                                       const CodedImage& x, const ImageSlopes* slopes, const CodedWeight& w,
                                       const Conv2dGeometry& geometry, Precision precision,
                                       const WantedGradients& wanted);

/// The gradients of matrix/matmul_codes.h with dy as bfloat16. dw[o] = s[o] · Σ dy q, which matmul_codes.cpp
/// completes.
MatmulGradients matmul_codes_gradients(const PiecewiseTensor& dy, const Array<std::uint8_t>& x,
                                       const CodedWeight& w, bool want_dx);

/// Exact if the processor has byte products. Others add pairs of products in 16 bits, which may saturate.
std::unique_ptr<IntegerProduct> integer_product(IntegerWeights weights, const Conv2dGeometry& geometry);

// matrix/gemm.h
void gemm_nt(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc);
void gemm_nn(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc);
void gemm_tn(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc);
void gemm_codes_nt(long m, long n, long k, const std::uint8_t* a, long lda, const std::int8_t* b, long ldb,
                   std::int32_t* c, long ldc);

}  // namespace nibble::kernels::onednn
