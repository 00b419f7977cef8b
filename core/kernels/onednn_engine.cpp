#include "core/kernels/onednn_engine.h"

#ifndef NIBBLE_REAL_DOUBLE

#include "core/check.h"
#include "core/kernels/onednn_plan.h"

namespace nibble::kernels::onednn {

Tensor conv2d_forward(const Tensor& x, const Tensor& w, const Conv2dGeometry& geometry) {
  Tensor y = Tensor::uninitialized(conv2d_output_shape(x.shape(), w.shape(), geometry, "conv2d"));
  const Pieces pieces(Direction::forward, {}, x.shape(), w.shape(), y.shape(), geometry);
  const auto weights = pieces.weights(w.data(), w.shape(), geometry.groups, Type::f32);
  parallel_for(pieces.count(), [&](long i) {
    const Plan& p = pieces.plan_of(i);
    const long n = pieces.range(i).begin;
    execute(p, {{DNNL_ARG_SRC, view(p.x, x.data() + n * x.shape().row())},
                {DNNL_ARG_WEIGHTS, view(p.w, weights[static_cast<std::size_t>(i)].data())},
                {DNNL_ARG_DST, view(p.y, y.data() + n * y.shape().row())}});
  });
  return y;
}

Tensor conv2d_input_gradient(const Tensor& dy, const Tensor& w, const Shape& x,
                             const Conv2dGeometry& geometry) {
  Tensor dx = Tensor::uninitialized(x);
  const Pieces pieces(Direction::input_gradient, {}, x, w.shape(), dy.shape(), geometry);
  const auto weights = pieces.weights(w.data(), w.shape(), geometry.groups, Type::f32);
  parallel_for(pieces.count(), [&](long i) {
    const Plan& p = pieces.plan_of(i);
    const long n = pieces.range(i).begin;
    execute(p, {{DNNL_ARG_DIFF_DST, view(p.y, dy.data() + n * dy.shape().row())},
                {DNNL_ARG_WEIGHTS, view(p.w, weights[static_cast<std::size_t>(i)].data())},
                {DNNL_ARG_DIFF_SRC, view(p.x, dx.data() + n * x.row())}});
  });
  return dx;
}

Tensor conv2d_weight_gradient(const Tensor& dy, const Tensor& x, const Shape& w,
                              const Conv2dGeometry& geometry) {
  const Pieces pieces(Direction::weight_gradient, {}, x.shape(), w, dy.shape(), geometry);
  WeightGradients dw(pieces, w, geometry.groups);
  parallel_for(pieces.count(), [&](long i) {
    const Plan& p = pieces.plan_of(i);
    const long n = pieces.range(i).begin;
    execute(p, {{DNNL_ARG_SRC, view(p.x, x.data() + n * x.shape().row())},
                {DNNL_ARG_DIFF_DST, view(p.y, dy.data() + n * dy.shape().row())},
                {DNNL_ARG_DIFF_WEIGHTS, view(p.w, dw.room(i))}});
    dw.done(i);
  });
  return dw.sum();
}

namespace {

// c = a · b; row-major, as dnnl_sgemm counts.
void gemm(char transpose_a, char transpose_b, long m, long n, long k, const float* a, long lda,
          const float* b, long ldb, float* c, long ldc) {
  const dnnl_status_t status =
      dnnl_sgemm(transpose_a, transpose_b, m, n, k, 1.0f, a, lda, b, ldb, 0.0f, c, ldc);
  check(status == dnnl_success, "matmul: oneDNN refused a product of ", m, " x ", n, " x ", k);
}

}  // namespace

void gemm_nt(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc) {
  gemm('N', 'T', m, n, k, a, lda, b, ldb, c, ldc);
}

void gemm_nn(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc) {
  gemm('N', 'N', m, n, k, a, lda, b, ldb, c, ldc);
}

void gemm_tn(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c, long ldc) {
  gemm('T', 'N', m, n, k, a, lda, b, ldb, c, ldc);
}

void gemm_codes_nt(long m, long n, long k, const std::uint8_t* a, long lda, const std::int8_t* b, long ldb,
                   std::int32_t* c, long ldc) {
  const std::int32_t no_offset = 0;
  const dnnl_status_t status =
      dnnl_gemm_u8s8s32('N', 'T', 'F', m, n, k, 1.0f, a, lda, 0, b, ldb, 0, 0.0f, c, ldc, &no_offset);
  check(status == dnnl_success, "matmul: oneDNN refused a product of codes, ", m, " x ", n, " x ", k);
}

}  // namespace nibble::kernels::onednn

#endif
