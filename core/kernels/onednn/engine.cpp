#include "core/kernels/onednn/engine.h"

#ifndef NIBBLE_REAL_DOUBLE

#include <optional>

#include "core/check.h"
#include "core/kernels/onednn/images.h"

namespace nibble::kernels::onednn {
namespace {

// How products of real numbers are computed. Winograd is for float32.
struct RealProducts {
  explicit RealProducts(Precision precision)
      : operand(precision == Precision::bfloat16 ? Type::bf16 : Type::f32),
        algorithm(precision == Precision::bfloat16 ? Algorithm::direct : Algorithm::fastest) {}
  Type operand;
  Algorithm algorithm;
};

}  // namespace

Tensor conv2d_forward(const PiecewiseTensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                      const PieceListener& of_y, Precision precision) {
  const RealProducts as(precision);
  Tensor y = Tensor::uninitialized(conv2d_output_shape(x.shape(), w.shape(), geometry, "conv2d"));
  const Pieces pieces(Direction::forward, {as.operand, as.operand, Type::f32}, x.shape(), w.shape(),
                      y.shape(), geometry, as.algorithm);
  const auto weights = pieces.weights(w.data(), w.shape(), geometry.groups, Type::f32);
  parallel_for(pieces.count(), [&](long i) {
    const Plan& p = pieces.plan_of(i);
    const Range images = pieces.range(i);
    const Tensor read = x.rows(images);
    ImagesToRead from(read.data());
    const ImagesToWrite into(p.y, y.data() + images.begin * y.shape().row());
    execute(p, from.as(p.x), view(p.w, weights[static_cast<std::size_t>(i)].data()), into.room());
    into.done();
    const Range elements{images.begin * y.shape().row(), images.end * y.shape().row()};
    if (of_y) of_y(i, elements, y.data() + elements.begin);
  });
  return y;
}

Conv2dGradients conv2d_gradients(const PiecewiseTensor& dy, const PieceListener& of_dy,
                                 const PiecewiseTensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                                 const WantedGradients& wanted, Precision precision) {
  const RealProducts as(precision);
  const Shape &xs = x.shape(), &ws = w.shape(), &ys = dy.shape();
  Tensor dx;
  std::optional<Pieces> to_x, to_w;
  std::vector<Array<std::uint8_t>> weights;
  std::optional<WeightGradients> dw;
  if (wanted.dx) {
    dx = Tensor::uninitialized(xs);
    to_x.emplace(Direction::input_gradient, Types{Type::f32, as.operand, as.operand}, xs, ws, ys, geometry,
                 as.algorithm);
    weights = to_x->weights(w.data(), ws, geometry.groups, Type::f32);
  }
  if (wanted.dw) {
    to_w.emplace(Direction::weight_gradient, Types{as.operand, Type::f32, as.operand}, xs, ws, ys, geometry,
                 as.algorithm);
    dw.emplace(*to_w, ws, geometry.groups);
  }
  const std::vector<Range> pieces = cut(xs[0], kBatchPieces);
  parallel_for(static_cast<long>(pieces.size()), [&](long i) {
    const Range images = pieces[static_cast<std::size_t>(i)];
    const Tensor d = dy.rows(images);
    if (of_dy) of_dy(i, {images.begin * ys.row(), images.end * ys.row()}, d.data());
    ImagesToRead gradient(d.data());
    if (wanted.dx) {
      const Plan& p = to_x->plan_of(i);
      const ImagesToWrite into(p.x, dx.data() + images.begin * xs.row());
      execute(p, into.room(), view(p.w, weights[static_cast<std::size_t>(i)].data()), gradient.as(p.y));
      into.done();
      const Range elements{images.begin * xs.row(), images.end * xs.row()};
      if (wanted.dx_hook) (*wanted.dx_hook)(i, elements, dx.data() + elements.begin);
    }
    if (wanted.dw) {
      const Plan& p = to_w->plan_of(i);
      const Tensor read = x.rows(images);
      ImagesToRead from(read.data());
      execute(p, from.as(p.x), view(p.w, dw->room(i)), gradient.as(p.y));
      dw->done(i);
    }
  });
  Conv2dGradients gradients;
  if (wanted.dx) gradients.dx = PiecewiseTensor(dx);
  if (wanted.dw) gradients.dw = dw->sum();
  return gradients;
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
